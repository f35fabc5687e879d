"""The web application reads what we write, and we read what it writes."""

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from storage.models import LogFilter, RunStatus, StatusDetail, Tokens, TriggerName
from tests.storage.runs import LEASE, WHEN, a_run, ended

HOME = Path(__file__).parents[1] / "mongoose"
ODD = {"a.b": 1, "$set": {"": [None]}, "colour": "#123"}


@pytest.fixture(scope="session")
def node():
    """Node with mongoose, as `make setup` installs it."""
    found = shutil.which("node")
    if found is None or not (HOME / "node_modules" / "mongoose").exists():
        pytest.skip("Node and tests/mongoose/node_modules are needed: `make setup` brings them")
    return found


async def mongoose(node, mode, uri):
    process = await asyncio.create_subprocess_exec(
        node,
        "check.mjs",
        mode,
        uri,
        cwd=HOME,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def test_mongoose_finds_every_document_we_write_valid(storage, mongo_uri, raw, node):
    user = await storage.users.seen(microsoft_id="u.t", email="A@B.example", name="A", now=WHEN)
    clash = await storage.users.seen(microsoft_id="v.t", email="a@b.example", name="B", now=WHEN)
    await storage.users.keep_tokens(user.id, Tokens("access", "refresh", WHEN), now=WHEN)
    made = await storage.workflows.add(
        user_id=user.id,
        name="Weekly Report",
        trigger=TriggerName.TRANSCRIPT,
        actions=["generate_mom", "save_data"],
        action_configs={"save_data": {"name": "x"}, "save_data#2": ODD},
        canvas={"nodes": [{"id": "trigger-1", "data": ODD}], "edges": [], "zoom": 1},
        now=WHEN,
    )
    await storage.workflows.save(replace(made, name="Renamed"), expected_version=1, now=WHEN)
    await storage.workflows.add(
        user_id=clash.id,
        name="Bare",
        trigger=TriggerName.MANUAL,
        actions=[],
        action_configs={},
        canvas=None,
        now=WHEN,
    )
    mine = {"user_id": user.id, "workflow_id": made.id, "inputs": ODD}
    await ended(storage.runs, a_run("completed", **mine), now=WHEN)
    await ended(
        storage.runs,
        a_run("failed", **mine),
        now=WHEN,
        status=RunStatus.FAILED,
        error="No notes",
        detail=StatusDetail.PARTIAL,
    )
    going, _ = await storage.runs.accept(a_run("running", **mine))
    held = await storage.runs.claim(now=WHEN, lease=LEASE)
    await storage.runs.begin_step(going.id, held.fence, 0, now=WHEN)
    await storage.runs.end_step(
        going.id, held.fence, 0, action="generate_mom", output=ODD, now=WHEN
    )
    await storage.runs.accept(a_run("cancelled", **mine))
    await storage.runs.accept(a_run("orphan", user_id=clash.id))
    assert raw.workflows.count_documents({"actionConfigs": {"$type": "object"}}) == 2
    counts = await mongoose(node, "read", mongo_uri)
    assert counts == {"User": 2, "Workflow": 2, "ExecutionLog": 5}


async def test_we_read_what_the_web_application_writes(storage, mongo_uri, node):
    made = await mongoose(node, "write", mongo_uri)
    user = await storage.users.get(made["user"])
    assert (user.email, user.name) == ("web@x.example", "Web")
    same = await storage.users.seen(
        microsoft_id="web.t", email="web@x.example", name="Web", now=WHEN
    )
    assert same == user
    bare, full = await storage.workflows.of_user(user.id)
    assert (bare.trigger, bare.actions, bare.action_configs, bare.canvas) == (
        "manual",
        (),
        {},
        None,
    )
    assert full.actions == ("generate_mom", "send_email")
    assert full.action_configs["send_email"]["extra"] == "1970-01-01T00:00:00+00:00"
    json.dumps(full.action_configs)
    await storage.workflows.save(replace(full, name="Ours"), expected_version=1, now=WHEN)
    page = await storage.runs.page(user.id, LogFilter(), limit=10, skip=0)
    assert page.total == 4
    assert sorted(run.status for run in page.runs) == [
        "completed",
        "completed",
        "failed",
        "running",
    ]
    assert {run.joined_name for run in page.runs} == {"Ours", None}
    by_name = LogFilter(workflow_name="ours")
    assert (await storage.runs.page(user.id, by_name, limit=10, skip=0)).total == 3
    assert await storage.runs.by_short_id(user.id, page.runs[0].short_id) == await storage.runs.get(
        user.id, page.runs[0].id
    )
    assert await storage.runs.claim(now=WHEN, lease=LEASE) is None  # theirs are not ours to do
    counts = await mongoose(node, "read", mongo_uri)
    assert counts == {"User": 1, "Workflow": 2, "ExecutionLog": 4}
