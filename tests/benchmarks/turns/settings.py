"""What the processes of the benchmark agree on."""

import json
import sys
from dataclasses import asdict, dataclass

APP_ID = "8d88f59b-ae61-4300-bec0-caace7d28446"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
BOT_TOKEN = "bot-token"


@dataclass(frozen=True)
class Bench:
    """Where everything listens."""

    connector_url: str
    open_id_url: str
    sts_url: str
    mongo_uri: str = ""

    @property
    def service_url(self):
        return f"{self.connector_url}/emea/"

    def to_argument(self):
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, text):
        return cls(**json.loads(text))


def say(**facts):
    """Tell the parent process something, as one line of JSON."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
