"""The other end: a Bot Connector that does next to nothing, a key server, and a slow Entra."""

import asyncio
import json
import sys
from pathlib import Path

from bot.local.microsoft import LocalMicrosoft
from bot.local.people import Person
from tests.benchmarks.turns.other_end import Connector, keep_channel_key
from tests.benchmarks.turns.settings import say
from tests.fakes.keys import KeyServer


def somebody(number):
    name = f"person{number}"
    address = f"{name}@contoso.example"
    return Person(name, f"Person {number}", address, "user", "UTC", address, "Consultant")


async def main():
    folder, people, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connector, "127.0.0.1", 0)
    microsoft = LocalMicrosoft([somebody(number) for number in range(people)])
    await microsoft.start()
    microsoft.fail("POST */token", seconds=seconds, times=10 * people)
    crowd = []
    for number in range(people):
        person = somebody(number)
        microsoft.consent(person.key, "User.Read")
        crowd.append({**person.account(), "token": microsoft.sso_token(person.key)})
    (folder / "people.json").write_text(json.dumps(crowd))
    async with KeyServer("k1") as keys:
        keep_channel_key(folder)
        say(
            bench={
                "connector_url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
                "open_id_url": keys.open_id_url,
                "sts_url": "",
            },
            entra={
                "url": microsoft.url,
                "known_as": microsoft.entra_url,
                "open_id_url": microsoft.open_id_url,
                "app_id": microsoft.app_id,
                "secret": microsoft.client_secret,
                "tenant": microsoft.tenant_id,
            },
        )
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
