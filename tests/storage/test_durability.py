"""What we write is on the journals of a majority before we say so; nothing talks us out of it."""

import ast
from contextlib import closing
from pathlib import Path

from pymongo import WriteConcern

from storage.database import open_storage

ROOT = Path(__file__).parents[2]


async def test_no_address_can_talk_us_out_of_majority_and_journal(vault):
    weak = "mongodb://h/?w=1&journal=false&retryWrites=false"
    with closing(await open_storage(weak, sealer=vault)) as storage:
        assert storage._client.write_concern == WriteConcern(w="majority", j=True)
        assert storage._client.options.retry_writes
        assert storage._database["runs"].write_concern == WriteConcern(w="majority", j=True)


def test_no_code_of_ours_writes_with_less_than_majority_and_journal():
    banned = {"WriteConcern", "write_concern", "writeConcern", "bulk_write"}
    found = []
    for path in [*(ROOT / "storage").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = {
                getattr(node, "id", None),
                getattr(node, "attr", None),
                getattr(node, "arg", None),
                getattr(node, "value", None) if isinstance(node, ast.Constant) else None,
            }
            weak = isinstance(node, ast.keyword) and (
                (node.arg == "w" and getattr(node.value, "value", None) != "majority")
                or (node.arg in ("j", "journal") and getattr(node.value, "value", None) is not True)
            )
            if weak or names & banned:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
