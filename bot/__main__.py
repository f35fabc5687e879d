"""The `consultflow` command: local | serve | worker | manifest | indexes | reseal | doctor."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.app.doctor import examine
from bot.app.indexes import show_indexes
from bot.app.local import run_local
from bot.app.manifest import write_package
from bot.app.reseal import reseal
from bot.app.serve import run_service
from bot.app.worker import run_worker
from bot.settings import Settings, read_settings
from bot.telemetry import set_up_logging
from storage.errors import ConsultFlowError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="consultflow", description="ConsultFlow for Teams")
    commands = parser.add_subparsers(dest="command", required=True)
    local = commands.add_parser("local", help="try it on this machine: nothing else is needed")
    local.add_argument("--port", type=_port, help="port of the chat page (default: a free one)")
    local.add_argument("--data", type=Path, help="folder the data is kept in between runs")
    local.add_argument("--no-browser", action="store_true", help="only print the address")
    local.add_argument("--script", type=Path, help="play a conversation from a file, then end")
    commands.add_parser("serve", help="serve Microsoft Teams")
    commands.add_parser(
        "worker", help="execute what `serve` accepts; with a broker, on any machine"
    )
    manifest = commands.add_parser("manifest", help="write the app package for Microsoft Teams")
    manifest.add_argument("--domain", required=True, help="the bot's public host name, alone")
    manifest.add_argument("--app-id", required=True, help="Application (client) ID in Entra")
    manifest.add_argument(
        "--out", type=Path, default=Path("consultflow-teams.zip"), help="default: %(default)s"
    )
    commands.add_parser("indexes", help="make the database's indexes and list them")
    commands.add_parser("reseal", help="after a change of keys: seal everything with the new one")
    commands.add_parser("doctor", help="say what is well and what is not")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a whole number from 0 to 65535")
    return int(text)


def _settings(given: argparse.Namespace) -> Settings:
    settings = read_settings()
    data: Path | None = getattr(given, "data", None)
    return settings if data is None else replace(settings, data_dir=data.expanduser().resolve())


async def _run(given: argparse.Namespace) -> int:
    settings = _settings(given)
    match given.command:
        case "local":
            return await run_local(
                settings, port=given.port, open_browser=not given.no_browser, script=given.script
            )
        case "serve":
            return await run_service(settings)
        case "worker":
            return await run_worker(settings)
        case "indexes":
            return await show_indexes(settings, print)
        case "reseal":
            return await reseal(settings, print)
    return await examine(settings, print)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it did its work, 1 with one clear sentence when it could not."""
    given = _parser().parse_args(arguments)
    set_up_logging()
    try:
        if given.command == "manifest":  # needs no settings, no database and no loop
            return write_package(given.domain, given.app_id, given.out, print)
        return asyncio.run(_run(given))
    except KeyboardInterrupt:
        return 0
    except ConsultFlowError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
