"""Signing in from the first word to the last byte deleted: a whole bot, Teams and Entra on HTTP."""

import json
import re

from bot.local.people import PEOPLE
from storage.models import Tokens
from tests.scenarios.building import saved


async def test_connect_signs_in_silently_once_consent_is_there(signing):
    stage = signing.stage
    signing.microsoft.consent("asha", "User.Read")
    asked = await stage.say("asha", "connect")
    assert signing.card(asked)["text"] == "Sign in so that I can see your name and e-mail address."
    answer = await signing.silently("asha", asked)
    assert answer.status == 200
    await stage.until("You are signed in, Asha Rao.")
    shown = stage.text(await stage.say("asha", "connect"))
    assert "Signed in as Asha Rao" in shown
    assert "See your name and e-mail address" in shown
    assert "Signed in as Asha Rao" in stage.text(await stage.say("asha", "whoami"))


async def test_connect_by_the_button_consents_and_signs_in(signing):
    stage = signing.stage
    asked = await stage.say("asha", "connect")
    answer = await signing.silently("asha", asked)
    assert answer.status == 412  # nothing was consented to yet: Teams shows the button
    page = await signing.by_button(asked, "asha")
    assert (page.status, "You are signed in, Asha Rao." in page.text) == (200, True)
    code = re.search(r"data-code='([^']+)'", page.text)[1]
    assert (await signing.invoke("asha", "signin/verifyState", {"state": code})).status == 200
    await stage.until("You are signed in, Asha Rao.")


async def test_the_victim_of_a_passed_on_link_gives_nothing_away(signing, raw):
    asked = await signing.stage.say("asha", "connect")
    page = await signing.by_button(asked, "ben")
    assert page.status == 400
    assert "another account" in page.text
    assert all("tokenCache" not in user for user in raw.users.find())


async def test_sign_out_forgets_and_says_so(signing, raw):
    stage = signing.stage
    signing.microsoft.consent("asha", "User.Read")
    await signing.silently("asha", await stage.say("asha", "connect"))
    shown = stage.text(await stage.say("asha", "signout"))
    assert "Signed out. I keep no token of yours." in shown
    assert "Not signed in to Microsoft 365" in shown
    assert not [user for user in raw.users.find() if {"tokenCache", "refreshToken"} & set(user)]
    assert signing.card(await stage.say("asha", "connect"))


async def test_a_permission_is_given_by_its_own_button(signing):
    stage = signing.stage
    signing.microsoft.consent("asha", "User.Read", "User.ReadBasic.All")
    await signing.silently("asha", await stage.say("asha", "connect"))
    card = await stage.say("asha", "connect")
    with_button = await stage.teams.press(
        "asha", card.id, {"type": "Action.Execute", "verb": "connect",
                          "data": {"cf": 1, "verb": "connect", "scope": "Sites.FullControl.All"}}
    )  # fmt: skip
    assert "I don't ask for that permission" in str(with_button.body)


async def test_where_nobody_can_sign_in_the_bot_says_what_would_help(stage):
    for words in ("connect", "signout"):
        said = stage.text(await stage.say("asha", words))
        assert "Nobody can sign in to Microsoft 365 here" in said
    assert "Not signed in" in stage.text(await stage.say("asha", "whoami"))


async def test_delete_my_data_leaves_nothing_of_her_and_all_of_his(signing, raw, storage):
    stage = signing.stage
    signing.microsoft.consent("asha", "User.Read")
    signing.microsoft.consent("ben", "User.Read")
    for person in ("asha", "ben"):
        await signing.silently(person, await stage.say(person, "connect"))
        await saved(stage, f"CANARY-{person}", person)
        await stage.say(person, f"run CANARY-{person} with Notes of CANARY-{person}.")
        await stage.until("Completed", person=person)
        await stage.say(person, f"minutes CANARY-{person} met Chen.")
        await stage.say(person, "new")
    await stage.say("asha", "connect", "group")
    her_id = str(raw.users.find_one({"name": "Asha Rao"})["_id"])
    her_chat = stage.teams.client.room("personal", "asha").id
    asked = await stage.say("asha", "delete my data")
    assert "Delete everything I keep about you?" in stage.text(asked)
    shown = await stage.press("asha", asked, "Delete everything")
    assert "Your data is deleted" in shown
    found = _everything(raw)
    asha, ben = PEOPLE["asha"], PEOPLE["ben"]
    traces = (asha.object_id, asha.email, asha.id, her_id, her_chat, "CANARY-asha", "Asha Rao")
    for trace in traces:
        assert trace.lower() not in found, trace
    for trace in (ben.object_id, ben.email, "CANARY-ben"):
        assert trace.lower() in found, trace
    assert "None yet" in stage.text(await stage.say("asha", "home"))
    assert signing.card(await stage.say("asha", "connect"))


async def test_somebody_elses_question_deletes_nothing(signing, raw):
    stage = signing.stage
    asked = await stage.say("asha", "delete my data", "group")
    await stage.say("ben", "whoami")
    before = raw.users.count_documents({})
    pressed = await stage.teams.press("ben", asked.id, "Delete everything")
    assert "This question is not yours" in str(pressed.body)
    assert raw.users.count_documents({}) == before == 2


def _everything(raw):
    return json.dumps(
        {name: list(raw[name].find()) for name in raw.list_collection_names()}, default=str
    ).lower()


async def test_secrets_stand_in_no_document_and_no_message(signing, raw, storage, stage_clock):
    stage = signing.stage
    signing.microsoft.consent("asha", "User.Read")
    await signing.silently("asha", await stage.say("asha", "connect"))
    user = await storage.users.seen(
        microsoft_id=f"{PEOPLE['asha'].object_id}.{signing.microsoft.tenant_id}",
        email=PEOPLE["asha"].email, name="Asha Rao", now=stage_clock.now(),
    )  # fmt: skip
    held = await storage.users.tokens(user.id)
    assert isinstance(held, Tokens)
    for secret in (held.access_token, held.refresh_token, signing.microsoft.client_secret):
        assert secret
        assert secret.lower() not in _everything(raw)
        assert secret not in json.dumps(stage.wire.exchanges, default=str)
