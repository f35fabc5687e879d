"""After a change of keys everything is sealed anew, and the old key can go."""

import base64

import pytest

from bot.__main__ import main
from bot.actions.api_call import Config
from bot.auth.vault import Vault
from bot.workflows.secrets import opened, seal
from storage.database import open_storage
from storage.models import PlanStep, Step, Tokens, TriggerName
from tests.storage.runs import a_run

OLD, NEW = b"1" * 32, b"2" * 32
TOKENS = Tokens("access", "refresh", None)


def ring(*keys):
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys)


@pytest.fixture
async def before(mongo_uri, vault, clock, secret_config):
    """What the old key sealed: a person's tokens, a workflow's secret, and a run's."""
    storage = await open_storage(mongo_uri, sealer=vault)
    asha = await storage.users.seen(
        microsoft_id="asha.t", email="asha@x.example", name="Asha", now=clock.now()
    )
    await storage.users.keep_tokens(asha.id, TOKENS, now=clock.now())
    settings = seal(secret_config, vault, owner=asha.id)
    nodes = [{"id": "a", "type": "action", "data": {"config": settings}}]
    workflow = await storage.workflows.add(
        user_id=asha.id,
        name="Calls",
        trigger=TriggerName.MANUAL,
        actions=("api_call",),
        action_configs={"api_call": settings, "$odd": "sealed:cf1.k1.nonsense"},
        canvas={"nodes": nodes, "edges": []},
        now=clock.now(),
    )
    steps = {"plan": (PlanStep("api_call", "api_call", settings),)}
    await storage.runs.accept(
        a_run(user_id=asha.id, **steps, steps=(Step("api_call", "api_call"),))
    )
    storage.close()
    return asha, workflow


@pytest.fixture
def secret_config():
    return Config(url="https://x.example/", secret_headers={"Authorization": "Bearer canary"})


def resealed(monkeypatch, capsys, uri):
    monkeypatch.setenv("MONGODB_URI", uri)
    monkeypatch.setenv("CONSULTFLOW_KEYS", ring(("k2", NEW), ("k1", OLD)))
    assert main(["reseal"]) == 0
    return capsys.readouterr().out.strip()


def test_then_the_new_key_alone_opens_everything(
    before, mongo_uri, monkeypatch, capsys, raw, secret_config
):
    assert resealed(monkeypatch, capsys, mongo_uri) == (
        "Sealed anew: the tokens of 1 people, 1 workflows, 1 runs."
    )
    assert resealed(monkeypatch, capsys, mongo_uri) == (
        "Sealed anew: the tokens of 0 people, 0 workflows, 0 runs."
    )
    asha, workflow = before
    vault = Vault({"k2": NEW}, "k2")
    stored = raw["workflows"].find_one()
    plan = raw["executionlogs"].find_one()["plan"]
    assert "cf1.k1" not in plan
    assert stored["actionConfigs"]["$odd"] == "sealed:cf1.k1.nonsense"  # nobody can open it
    for settings in (
        stored["actionConfigs"]["api_call"],
        stored["canvasData"]["nodes"][0]["data"]["config"],
    ):
        config = opened(type(secret_config).model_validate(settings), vault, owner=asha.id)
        assert config.secret_headers["Authorization"].get_secret_value() == "Bearer canary"
    assert (str(stored["_id"]), stored["version"]) == (workflow.id, 1)
