"""The local Teams signs people in as Teams does: silently where it can, by a button where not."""

import pytest

from tests.scenarios.reading import walk
from tests.scenarios.signing import sign_in_settings


@pytest.fixture
async def signing(start_bot):
    where = []
    stage = await start_bot(
        sign_in_with=lambda microsoft: sign_in_settings(microsoft, where), silent=True
    )
    where.append(stage.teams.client.courier._url.removesuffix("/api/messages"))
    return stage


async def test_with_consent_a_word_is_enough(signing):
    signing.teams.microsoft.consent("asha", "User.Read")
    await signing.say("asha", "connect")
    await signing.until("You are signed in, Asha Rao.")
    assert "Signed in as Asha Rao" in signing.text(await signing.say("asha", "whoami"))


async def test_without_consent_the_button_is_left(signing):
    said = await signing.say("asha", "connect")
    (attachment,) = said.attachments
    assert attachment["content"]["buttons"][0]["value"].startswith(signing.teams.url[:16])
    assert "Signed in" not in signing.text(await signing.say("asha", "whoami"))


async def test_a_button_that_needs_a_sign_in_is_pressed_again_with_it(signing):
    signing.teams.microsoft.consent("asha", "User.Read")
    shown = await signing.say("asha", "whoami")
    connect = next(e for e in walk(shown.card()) if (e.get("data") or {}).get("verb") == "connect")
    pressed = await signing.teams.press("asha", shown.id, connect)
    assert pressed.sign_in is None
    assert "Signed in as Asha Rao" in str(pressed.body)


async def test_without_consent_the_press_shows_where_to_sign_in(signing):
    shown = await signing.say("asha", "whoami")
    connect = next(e for e in walk(shown.card()) if (e.get("data") or {}).get("verb") == "connect")
    pressed = await signing.teams.press("asha", shown.id, connect)
    assert "/auth/start?flow=" in pressed.sign_in
    assert "Sign in so that I can" in pressed.text
