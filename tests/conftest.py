"""What every test may ask for: a clock, a real database of its own, and the shared suites."""

import asyncio
import importlib.util
import logging
import os
import sys
import tempfile
from pathlib import Path

import pytest
import structlog
from pymongo import MongoClient

from bot.auth.vault import Vault
from bot.local.mongod import EmbeddedMongod
from bot.telemetry import set_up_logging
from storage.database import open_storage
from tests.crash import tables
from tests.fakes.brokers import Brokers
from tests.fakes.clock import FakeClock
from tests.fakes.loop_watch import WATCH
from tests.fakes.replica_set import replica_set_of_three

WATCHED = ("tests/scenarios/", "tests/bot/")


def pytest_configure():
    WATCH.begin()


def pytest_runtest_setup(item):
    WATCH.test = item.nodeid if item.nodeid.startswith(WATCHED) else ""


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    WATCH.found += getattr(node, "workeroutput", {}).get("kept_from_others", [])


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # one of several processes: the first one tells it
        session.config.workeroutput["kept_from_others"] = WATCH.found
    elif WATCH.found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    tables.show(terminalreporter)
    if WATCH.found:
        terminalreporter.section("The event loop was kept from others", red=True)
        terminalreporter.write_line("\n".join(WATCH.found))


class StandardError:
    """Whatever standard error is at the moment: pytest changes it from test to test."""

    def write(self, text):
        return sys.stderr.write(text)

    def flush(self):
        sys.stderr.flush()


@pytest.fixture(autouse=True)
def own_logging():
    """Log as the program does, and undo what a test set up itself: its stream ends with it.

    Otherwise a trace would be drawn with frames and colours, which takes 100 ms of the loop.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # set_up_logging closes those it finds
    set_up_logging(stream=StandardError())
    root.handlers[:], root.level = handlers, level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def data_dir():
    """A folder for a database, gone with the test: pytest would keep 100 MB of journal each."""
    with tempfile.TemporaryDirectory(prefix="consultflow-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def mongod_uri():
    """The address of one real mongod for the whole session."""
    with (
        tempfile.TemporaryDirectory(prefix="consultflow-") as folder,
        asyncio.Runner() as runner,
    ):
        server = EmbeddedMongod(Path(folder))
        uri = runner.run(server.__aenter__())
        yield uri
        runner.run(server.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def server(mongod_uri):
    """The server, for tests that look behind the repositories' backs."""
    with MongoClient(mongod_uri, tz_aware=True) as client:
        # Tests live on days of their own choosing, which the server's clock says are long over.
        client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
        yield client


@pytest.fixture
def mongo_uri(mongod_uri, server):
    """The address of a database with nothing in it.

    Emptied and used again: 300 databases with all indexes would be 10,000 open files.
    """
    yield mongod_uri.replace("/?", "/consultflow_test?")
    database = server["consultflow_test"]
    for name in database.list_collection_names():
        database[name].delete_many({})


@pytest.fixture
def raw(mongo_uri, server):
    """The database of this test as any other program sees it."""
    return server["consultflow_test"]


@pytest.fixture(scope="session")
def replica_set():
    """Three servers that make one database, started when a test first asks for them."""
    with replica_set_of_three() as members:
        yield members


@pytest.fixture(scope="session")
def brokers():
    """Real brokers of this session's own: `await brokers("nats")`, also "redis" and "amqp".

    Where Debian's package is not installed, the test is skipped.
    """
    started = Brokers()

    async def start(kind):
        try:
            return await started(kind)
        except FileNotFoundError as error:
            pytest.skip(str(error))  # names the package; `make setup` brings it where it may

    yield start
    asyncio.run(started.end())


@pytest.fixture(scope="session")
def vault():
    return Vault({"k1": b"1" * 32}, "k1")


@pytest.fixture
async def storage(mongo_uri, vault):
    """Storage on a database of this test's own, with its indexes."""
    opened = await open_storage(mongo_uri, sealer=vault)
    await opened.ensure_indexes()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def suite():
    """Find a folder of the shared bad-input suites by name, or skip."""

    def find(name):
        home = os.environ.get("CONSULTFLOW_SUITES")
        folder = Path(home or ".") / name
        if not home or not folder.exists():
            pytest.skip(f"CONSULTFLOW_SUITES names no folder that holds {name}")
        return folder

    return find


@pytest.fixture(scope="session")
def contract_checks():
    """The checker of the outside contracts, as a module; None where it is not at hand."""
    contracts = os.environ.get("CONSULTFLOW_CONTRACTS")
    path = Path(contracts or ".").parent / "tools" / "contract_check.py"
    if not contracts or not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("contract_check", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["contract_check"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def contract_check(contract_checks):
    """The checker of the outside contracts, as a module, or skip."""
    if contract_checks is None:
        pytest.skip("CONSULTFLOW_CONTRACTS names no folder with the contracts and their checker")
    return contract_checks
