"""The `consultflow` command as somebody types it: a process of its own, its words, its end."""

import contextlib
import http.client
import signal
import socket

import psutil
import pytest

from bot.auth.vault import new_key
from tests.scenarios.commands import Process, command

SERVICE = {
    "AZURE_CLIENT_ID": "8d88f59b-ae61-4300-bec0-caace7d28446",
    "AZURE_TENANT_ID": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "AZURE_CLIENT_SECRET": "CANARY-client-secret",
    "CONSULTFLOW_HOST": "127.0.0.1",
    "CONSULTFLOW_PORT": "0",
}
BUILD = """
Asha: new
Asha presses "Next" with trigger = manual
Asha presses "Add" with action = save_data
Asha presses "Next"
Asha presses "Next" with name = client
    value = Acme
Asha presses "Next" with name = Kept between runs
Asha presses "Save"
wait for "Kept between runs"
"""


@pytest.fixture
def run():
    """Start a command; whatever a failed test left behind is ended with it."""
    started = []

    def start(*words, **settings):
        started.append(Process(*words, **settings))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


def ask(port, method="GET", path="/healthz", body=None, headers=()):
    """Ask over HTTP; gives the status."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(asking):
        asking.request(method, path, body=body, headers=dict(headers))
        answer = asking.getresponse()
        answer.read()
        return answer.status


def one_sentence(ended):
    """Whether a command gave up with one line a person can read, and nothing else."""
    said = (ended.stderr + ended.stdout).strip()
    assert ended.returncode == 1, said
    assert len(said.splitlines()) == 1, said
    assert said.endswith((".", "?")), said
    assert "Traceback" not in said
    return said


# serve


def test_serve_without_an_app_id_refuses_to_start_and_names_all_that_is_missing():
    said = one_sentence(command("serve"))
    for name in (
        "AZURE_CLIENT_ID",
        "AZURE_TENANT_ID",
        "MONGODB_URI",
        "CONSULTFLOW_KEYS",
        "AZURE_CLIENT_SECRET",
    ):
        assert name in said


def test_serve_without_its_database_gives_up_within_seconds_and_keeps_its_secrets(closed_port):
    uri = f"mongodb://bot:CANARY-password@127.0.0.1:{closed_port}/"
    ended = command("serve", **SERVICE, MONGODB_URI=uri, CONSULTFLOW_KEYS=f"k1:{new_key()}")
    assert "MONGODB_URI" in one_sentence(ended)
    assert "CANARY" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "broken, named",
    [
        ({"CONSULTFLOW_KEYS": "CANARY"}, "CONSULTFLOW_KEYS"),
        ({"MONGODB_URI": "CANARY"}, "MONGODB_URI"),
        ({"CONSULTFLOW_PORT": "CANARY", "CONSULTFLOW_WORKERS": "0"}, "CONSULTFLOW_WORKERS"),
        ({"CONSULTFLOW_HOST": "203.0.113.7"}, "CONSULTFLOW_HOST"),
        (
            {
                "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem",
                "AZURE_CLIENT_CERTIFICATE_THUMBPRINT": "ab",
            },
            "certificate",
        ),
    ],
)
def test_serve_with_a_setting_that_cannot_be_used_says_which(mongo_uri, broken, named):
    good = {**SERVICE, "MONGODB_URI": mongo_uri, "CONSULTFLOW_KEYS": f"k1:{new_key()}"}
    said = one_sentence(command("serve", **{**good, **broken}))
    assert named in said
    assert "CANARY" not in said


def test_serve_on_a_port_that_is_taken_is_one_sentence(mongo_uri, taken_port):
    settings = {**SERVICE, "CONSULTFLOW_PORT": str(taken_port)}
    keys = f"k1:{new_key()}"
    said = one_sentence(command("serve", **settings, MONGODB_URI=mongo_uri, CONSULTFLOW_KEYS=keys))
    assert said == f"Port {taken_port} is taken. Set CONSULTFLOW_PORT."


def test_a_serving_bot_answers_whoever_watches_refuses_the_unsigned_and_ends_in_order(
    run, mongo_uri
):
    keys = f"k1:{new_key()}"
    bot = run("serve", **SERVICE, MONGODB_URI=mongo_uri, CONSULTFLOW_KEYS=keys)
    port = int(bot.until(r'"port": (\d+)')[1])
    assert bot.listening() == {"127.0.0.1"}
    assert ask(port) == 200
    assert ask(port, path="/readyz") == 200
    assert ask(port, "GET", "/api/messages") == 405
    json = {"Content-Type": "application/json"}
    assert ask(port, "POST", "/api/messages", b'{"type": "message"}', json) == 401
    forged = {**json, "Authorization": "Bearer CANARY.e30.e30"}
    assert ask(port, "POST", "/api/messages", b'{"type": "message"}', forged) == 401
    assert bot.end(signal.SIGTERM) == 0
    assert "Traceback" not in bot.said
    assert "CANARY" not in bot.said
    assert keys.removeprefix("k1:") not in bot.said


# indexes and doctor


@pytest.mark.parametrize("where", ["embedded", "MONGODB_URI"])
def test_indexes_lists_them_all_the_second_time_as_well(where, data_dir, mongo_uri):
    settings = {"CONSULTFLOW_DATA": str(data_dir)}
    if where == "MONGODB_URI":
        settings["MONGODB_URI"] = mongo_uri
    first, second = (command("indexes", **settings) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    names = [line.removesuffix(" (made now)") for line in first.stdout.splitlines()]
    assert second.stdout.splitlines() == names
    assert "executionlogs.userId_1_executedAt_-1" in names
    assert (data_dir / "mongodb").exists() == (where == "embedded")


def test_indexes_and_doctor_without_their_database_say_so(data_dir, closed_port):
    uri = f"mongodb://bot:CANARY@127.0.0.1:{closed_port}/"
    settings = {"CONSULTFLOW_DATA": str(data_dir), "MONGODB_URI": uri}
    assert "MONGODB_URI" in one_sentence(command("indexes", **settings))
    ended = command("doctor", **settings)
    assert ended.returncode == 1
    assert "✕ Database: I can't reach the database in MONGODB_URI." in ended.stdout
    assert "CANARY" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("where", ["the embedded one", "the one in MONGODB_URI"])
def test_doctor_says_what_is_well_and_what_is_missing_for_service(where, data_dir, mongo_uri):
    settings = {"CONSULTFLOW_DATA": str(data_dir)}
    if "URI" in where:
        settings["MONGODB_URI"] = mongo_uri
    ended = command("doctor", **settings)
    assert f"✓ Database: {where} answers" in ended.stdout
    assert " 0 indexes" not in ended.stdout
    assert "! Serving Teams: I can't start without AZURE_CLIENT_ID" in ended.stdout
    assert ended.returncode == (1 if "✕" in ended.stdout else 0)


# local


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM])
def test_local_answers_where_it_says_on_this_machine_only_and_leaves_nothing(
    run, data_dir, closed_port, wanted
):
    local = run("local", "--no-browser", "--port", str(closed_port), "--data", str(data_dir))
    address = local.until(r"http://127\.0\.0\.1:(\d+)")
    assert int(address[1]) == closed_port
    bots = local.until(r"Other local clients can use http://127\.0\.0\.1:(\d+)/api/messages$")
    assert ask(int(bots[1]), path="/healthz") == 200
    assert ask(closed_port, path="/") == 200
    family = psutil.Process(local.process.pid).children(recursive=True)
    assert any("mongod" in child.name() for child in family)
    assert local.listening() == {"127.0.0.1"}
    for child in family:
        places = child.net_connections("tcp")
        listening = {p.laddr.ip for p in places if p.status == psutil.CONN_LISTEN}
        assert listening <= {"127.0.0.1"}
    assert local.end(wanted) == 0
    assert "Traceback" not in local.said
    assert not any(child.is_running() for child in family)


def test_what_was_made_in_one_local_run_is_there_in_the_next(data_dir, tmp_path):
    def play(script):
        file = tmp_path / "play.txt"
        file.write_text(script)
        return command("local", "--data", str(data_dir), "--script", str(file))

    first = play(BUILD)
    assert first.returncode == 0, first.stdout + first.stderr
    second = play('Asha: workflows\nwait for "1 workflow"\nAsha: show kept between runs\n')
    assert "Kept between runs" in second.stdout
    assert second.returncode == 0, second.stdout + second.stderr
    third = play('Asha presses "Nothing"')
    assert third.returncode == 1
    assert third.stdout.strip() == 'Line 1: there is no card to press "Nothing" on.'


def test_a_second_local_run_on_the_same_data_says_so_and_the_first_goes_on(
    run, data_dir, closed_port
):
    first = run("local", "--no-browser", "--port", "0", "--data", str(data_dir))
    port = int(first.until(r"http://127\.0\.0\.1:(\d+)")[1])
    words = ("local", "--no-browser", "--port", str(closed_port), "--data", str(data_dir))
    said = one_sentence(command(*words))
    assert "is in use by another ConsultFlow" in said
    assert ask(port, path="/") == 200
    assert first.end() == 0


def test_local_on_a_taken_port_or_in_a_folder_that_is_none_is_one_sentence(
    data_dir, taken_port, tmp_path
):
    words = ("local", "--no-browser", "--port", str(taken_port), "--data", str(data_dir))
    assert f"Port {taken_port} is taken" in one_sentence(command(*words))
    (tmp_path / "file").write_text("not a folder")
    said = one_sentence(command("local", "--no-browser", "--data", str(tmp_path / "file")))
    assert "data folder" in said


@pytest.mark.parametrize("port", ["99999", "-1", "http", "8o80"])
def test_a_port_that_is_none_is_refused_before_anything_starts(port):
    ended = command("local", f"--port={port}")
    assert ended.returncode == 2
    assert "a port is a whole number from 0 to 65535" in ended.stderr
