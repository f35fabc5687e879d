"""Activities as Teams sends them."""

import itertools

from tests.fakes.keys import APP_ID, TENANT

BOT = f"28:{APP_ID}"
ANA = {
    "id": "29:1Eniglq0-ana",
    "name": "Ana Lima",
    "aadObjectId": "e236c4bf-88b1-4f3a-b1d7-8891dfc332b5",
}
BEN = {
    "id": "29:1Eniglq0-ben",
    "name": "Ben Ode",
    "aadObjectId": "7faf8ab2-3d56-4244-b585-20c8a42ed2b8",
}
PERSONAL = {"id": "a:17I0kl9Ekp", "conversationType": "personal", "tenantId": TENANT}
GROUP = {
    "id": "19:2da4c29f@thread.v2",
    "conversationType": "groupChat",
    "isGroup": True,
    "tenantId": TENANT,
}
CHANNEL = {
    "id": "19:253b1f34@thread.tacv2;messageid=1485983194839",
    "conversationType": "channel",
    "isGroup": True,
    "tenantId": TENANT,
}
_numbers = itertools.count(1485983408511)


def activity(service_url, kind="message", *, conversation=PERSONAL, sender=ANA, **more):
    """Make an activity; `more` replaces or, with None, removes."""
    made = {
        "type": kind,
        "id": str(next(_numbers)),
        "timestamp": "2026-03-04T09:00:00.437Z",
        "localTimestamp": "2026-03-04T10:00:00.437+01:00",
        "serviceUrl": service_url,
        "channelId": "msteams",
        "from": sender,
        "conversation": conversation,
        "recipient": {"id": BOT, "name": "ConsultFlow"},
        "entities": [
            {
                "type": "clientInfo",
                "locale": "en-US",
                "country": "US",
                "platform": "Windows",
                "timezone": "Europe/Lisbon",
            }
        ],
        "channelData": {"tenant": {"id": TENANT}},
        "locale": "en-US",
        **more,
    }
    return {name: value for name, value in made.items() if value is not None}


def message(service_url, text, **more):
    """Make a message in words; where others read along, one that mentions the bot beforehand."""
    made = activity(service_url, text=text, **{"textFormat": "plain", **more})
    if made["conversation"].get("isGroup") and "entities" not in more:
        made["text"] = f"<at>ConsultFlow</at> {text}" if text else text
        made["entities"] = [_mention("<at>ConsultFlow</at>"), *made["entities"]]
    return made


def _mention(written):
    return {
        "type": "mention",
        "text": written,
        "mentioned": {"id": BOT, "name": "ConsultFlow"},
    }


def mentioning(service_url, text, written="<at>ConsultFlow</at>", **more):
    """Make a message whose text holds a mention of the bot."""
    more = {"textFormat": "plain", "conversation": CHANNEL, **more}
    made = activity(service_url, text=text, **more)
    made["entities"] = [_mention(written), *made["entities"]]
    return made


def execute(service_url, data, *, trigger="manual", card="1700000000000", **more):
    """Make the press of an Action.Execute."""
    value = {
        "action": {"type": "Action.Execute", "id": "", "verb": data.get("verb", ""), "data": data},
        "trigger": trigger,
    }
    return activity(
        service_url,
        "invoke",
        **{"name": "adaptiveCard/action", "value": value, "replyToId": card, **more},
    )


def submit(service_url, data, *, card="1700000000000", **more):
    """Make the press of an Action.Submit."""
    return activity(service_url, **{"value": data, "replyToId": card, **more})


def keep_to_contract(checker, *bodies):
    """Make sure Teams could have sent these; without the shared checker nothing is asked."""
    problems = [str(one) for body in bodies if checker for one in checker.check_activity(body)]
    assert not problems, problems
