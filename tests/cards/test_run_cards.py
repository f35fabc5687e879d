"""One living card per run says where it stands and offers what can be done."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cards.log import log_card, log_list_card, pages
from cards.run import run_card, summary_of
from cards.run_input import run_input_card
from cards.verbs import read
from storage.models import RunPage, RunStatus, StatusDetail, Step, StepStatus
from tests.cards.card_reading import as_text
from tests.cards.record_samples import (
    NOW,
    RUN,
    ZONE,
    asking,
    completed,
    run,
    running,
    signing_in,
    trying_again,
    workflow,
)


def shown(card):
    return as_text(card.to_json())


def offered(card):
    """Give the verbs of a card's foot by the titles of their buttons."""
    return {each["title"]: read(each["data"])[0] for each in card.actions}


def test_each_step_has_a_line_with_its_mark_and_how_long_it_took():
    lines = shown(run_card(run(), zone=ZONE)).splitlines()
    assert "✓  Generate MOM  1.2 s" in lines
    assert "✕  Send Email  1 min 15 s" in lines
    assert "The mail server refused: Weekly minutes" in lines
    assert "–  Calendar Event" in lines


def test_what_waits_and_what_goes_on_is_marked():
    lines = shown(run_card(running(), zone=ZONE)).splitlines()
    assert "◐  Send Email" in lines
    assert "○  Calendar Event" in lines


def test_a_second_step_of_a_kind_is_numbered():
    steps = (Step("send_email", "send_email"), Step("send_email#2", "send_email"))
    lines = shown(run_card(replace(running(), steps=steps), zone=ZONE)).splitlines()
    assert lines[2:4] == ["○  Send Email", "○  Send Email 2"]


def test_a_going_run_can_be_cancelled_and_an_ended_one_repeated():
    assert [*offered(run_card(running(), zone=ZONE))] == ["Cancel", "Log"]
    assert [*offered(run_card(completed(), zone=ZONE))] == ["Run again", "Log"]
    failed = offered(run_card(run(), zone=ZONE, again_key="turn-1"))
    assert [*failed] == ["Retry failed", "Run again", "Log"]
    assert failed["Retry failed"].run == RUN
    assert failed["Run again"].key == "turn-1"


def test_run_again_without_a_key_happens_once_per_card():
    assert offered(run_card(completed(), zone=ZONE))["Run again"].key == f"again:{RUN}"


def test_others_see_how_it_goes_and_get_no_buttons():
    going = run_card(running(), zone=ZONE, viewer_is_runner=False)
    assert going.actions == ()
    assert "◐  Send Email" in shown(going)
    assert "Was it done?" not in shown(run_card(asking(), zone=ZONE, viewer_is_runner=False))


def test_others_may_only_ask_to_open_what_waits_for_the_runner():
    card = run_card(replace(asking(), started_by="Asha Rao"), zone=ZONE, viewer_is_runner=False)
    assert [*offered(card)] == ["Open"]
    assert "⏸  Send Email  needs Asha Rao" in shown(card)
    assert "⏸ Needs an answer" in shown(card)
    assert "your" not in shown(card) + card.summary


@pytest.mark.parametrize(
    "sample", [run, running, asking, signing_in, completed, trying_again], ids=lambda s: s.__name__
)
def test_others_see_nothing_of_what_went_in_or_came_out_or_went_wrong(sample):
    private = replace(sample("PRIVATE"), workflow_name="Weekly", started_by="Asha Rao")
    hold = {"by": "review", "settings": {"body": "PRIVATE"}, "scope": "Mail.Send"}
    steps = [
        replace(s, error="PRIVATE", output={"url": "https://f.example/PRIVATE", "name": "PRIVATE"},
                hold={**hold, **(s.hold or {})})
        for s in private.steps
    ]  # fmt: skip
    private = replace(private, steps=tuple(steps), inputs={"notes": "PRIVATE"}, error="PRIVATE")
    card = run_card(private, zone=ZONE, viewer_is_runner=False, readers=("29:asha",))
    written = json.dumps(card.to_json()) + card.summary
    assert "PRIVATE" not in written
    assert "http" not in written.replace("http://adaptivecards.io/schemas", "")
    assert "Action.Execute" not in json.dumps(card.to_json()["body"])


def test_a_step_that_is_tried_again_by_itself_says_when_and_why():
    waiting = trying_again("Microsoft 365 is busy.")
    lines = shown(run_card(waiting, zone="Asia/Kolkata")).splitlines()
    assert "○  Send Email" in lines
    assert "Again at 19:35: Microsoft 365 is busy." in lines
    tomorrow = {"by": "later", "at": (NOW + timedelta(days=1)).isoformat(), "tries": 1}
    steps = tuple(replace(s, hold=tomorrow) for s in waiting.steps)
    words = shown(run_card(replace(waiting, steps=steps), zone="UTC"))
    assert "Again at 5 Mar 2026, 14:00: Microsoft 365 is busy." in words


def test_a_run_that_tries_again_by_itself_waits_for_nobody():
    waiting = replace(trying_again(), detail=StatusDetail.WAITING_RETRY)
    card = run_card(waiting, zone=ZONE)
    assert "◐ Trying again soon" in shown(card)
    assert "needs" not in shown(card)
    assert [*offered(card)] == ["Cancel", "Log"]


def test_a_time_to_try_again_that_cannot_be_read_is_not_told():
    steps = (Step("a", "api_call", StepStatus.LATER, hold={"by": "later", "at": "soon"}),)
    assert "Again" not in shown(run_card(replace(running(), steps=steps), zone=ZONE))


def test_steps_that_run_at_the_same_time_are_all_marked():
    lines = shown(run_card(trying_again(), zone=ZONE)).splitlines()
    assert [line for line in lines if line.startswith("◐  ")] == [
        "◐  Calendar Event",
        "◐  Teams Post",
    ]


def test_a_retry_leads_to_the_run_it_repeats():
    retry = replace(completed(), key=f"retry:{RUN}", retry_of="R-11AA")
    card = run_card(retry, zone=ZONE)
    assert "retry of R-11AA" in shown(card)
    assert offered(card)["Log of R-11AA"].run == RUN
    assert "Log of R-11AA" not in offered(run_card(replace(retry, key="retry:x"), zone=ZONE))


def test_a_retried_run_says_as_which_and_is_not_retried_again():
    card = run_card(run(), zone=ZONE, retried_as="R-22BB")
    assert "retried as R-22BB" in shown(card)
    assert [*offered(card)] == ["Run again", "Log"]


def test_a_step_nobody_knows_about_is_asked_about():
    words = shown(run_card(asking("line cut"), zone=ZONE))
    assert "⏸  Send Email  needs you" in words
    assert "I was interrupted during Send Email. Was it done?" in words
    assert "[ Yes, it was done ] [ No, do it now ]" in words


def test_what_a_step_made_can_be_opened():
    drawn = str(run_card(run(), zone=ZONE).to_json())
    assert "'title': 'Open Generate MOM', 'url': 'https://files.contoso.example/m" in drawn


def test_the_card_belongs_to_its_run_and_redraws_for_its_readers():
    card = run_card(running(), zone=ZONE, readers=("29:asha",))
    assert card.run_id == RUN
    assert card.to_json()["refresh"]["userIds"] == ["29:asha"]
    assert "refresh" not in run_card(running(), zone=ZONE).to_json()


def test_the_notification_says_it_on_one_line():
    assert summary_of(run()) == "Weekly minutes: failed in part, 1 of 3 steps done (R-7F3A)"
    assert summary_of(asking()) == "Weekly minutes: needs your answer, 1 of 2 steps done (R-7F3A)"


def test_times_are_the_readers_own():
    assert "4 Mar 2026, 19:30" in shown(run_card(run(), zone="Asia/Kolkata"))
    assert "4 Mar 2026, 14:00" in shown(run_card(run(), zone="../../etc/passwd"))


def test_a_run_of_a_hundred_steps_stays_a_card():
    steps = tuple(
        Step(f"api_call#{n}", "api_call", StepStatus.FAILED, error="x" * 900) for n in range(100)
    )
    card = run_card(run(steps=steps), zone=ZONE)
    assert "and 75 more" in shown(card)
    assert card.size <= 25 * 1024


def test_an_error_of_the_run_itself_is_said_once():
    lost = run(error="The server was stopped.", detail=StatusDetail.INTERRUPTED)
    assert shown(run_card(lost, zone=ZONE)).count("The server was stopped.") == 1
    assert shown(run_card(run(), zone=ZONE)).count("The mail server refused") == 1


def test_the_input_card_keeps_notes_that_were_refused():
    card = run_input_card(
        workflow("W"), key="k", value="some notes", error="Meeting notes are required"
    )
    assert "Meeting notes: [some notes]" in shown(card)
    assert "⚠ Meeting notes are required" in shown(card)


def test_notes_too_long_for_a_card_are_asked_for_as_a_file():
    card = run_input_card(workflow("W"), key="k", value="x" * 100_000)
    assert card.size < 25 * 1024
    assert "as a file instead" in shown(card)


def test_logs_say_how_many_there_are_and_turn_pages():
    page = RunPage(tuple(run() for _ in range(5)), 55, 10, 50)
    card = log_list_card(page, number=6, words="failed", zone=ZONE, heading="failed")
    assert pages(page) == 6
    assert "55 runs • failed" in shown(card)
    assert "Page 6 of 6" in shown(card)
    assert [*offered(card)] == ["Newer"]
    assert offered(card)["Newer"].model_dump() == {"words": "failed", "page": 5}
    first = log_list_card(page, number=1, words="", zone=ZONE)
    assert [*offered(first)] == ["Older"]


def test_the_filter_in_use_is_marked():
    page = RunPage((), 0, 10, 0)
    assert "[ • Failed ]" in shown(log_list_card(page, number=1, words=" Failed", zone=ZONE))
    assert "[ • All ]" in shown(log_list_card(page, number=1, words="", zone=ZONE))


def test_one_run_is_not_called_runs():
    card = log_list_card(RunPage((run(),), 1, 10, 0), number=1, words="", zone=ZONE)
    assert card.summary == "Logs: 1 run"
    assert card.actions == ()


def test_a_filter_too_long_for_a_button_leaves_the_pages_to_typing():
    page = RunPage((run(),) * 10, 55, 10, 0)
    assert log_list_card(page, number=1, words="x" * 1000, zone=ZONE).actions == ()


def test_logs_of_a_deleted_workflow_keep_its_name_and_can_be_opened():
    gone = run("Weekly Report", joined_name=None)
    page = RunPage((gone,), 1, 10, 0)
    assert "Weekly Report (deleted)" in shown(log_list_card(page, number=1, words="", zone=ZONE))
    card = log_card(gone, zone=ZONE)
    assert "Weekly Report (deleted)" in shown(card)
    assert [*offered(card)] == ["Retry failed", "All logs"]


def test_a_log_hides_what_went_in_and_came_out_until_asked_and_its_secrets_always():
    card = log_card(run("Weekly"), zone=ZONE)
    hidden = card.to_json()["body"][-1]["items"][1]
    assert (hidden["id"], hidden["isVisible"]) == ("details", False)
    words = as_text({"body": hidden["items"]})
    assert "Notes: Weekly" in words
    assert "Title: Weekly" in words
    assert "Token: ••••••" in words
    assert "Ended: 4 Mar 2026, 19:31" in words


def test_a_log_of_a_going_run_can_cancel_it():
    assert [*offered(log_card(running(), zone=ZONE))] == ["Cancel", "Workflow", "All logs"]


def test_a_log_says_what_failed_outside_its_steps():
    lost = run(error="Cancelled by Asha Rao", status=RunStatus.FAILED)
    assert "Cancelled by Asha Rao" in shown(log_card(lost, zone=ZONE))


def test_durations_read_naturally():
    spans = {0.06: "0.1 s", 9.94: "9.9 s", 45: "45 s", 75: "1 min 15 s", 3780: "1 h 3 min"}
    for seconds, told in spans.items():
        step = Step("a", "api_call", StepStatus.DONE, NOW, NOW + timedelta(seconds=seconds))
        assert f"API Call  {told}" in shown(run_card(running_with(step), zone=ZONE))


def test_a_step_that_took_no_time_to_speak_of_shows_none():
    step = Step("a", "api_call", StepStatus.DONE, NOW, NOW + timedelta(seconds=0.049))
    assert "✓  API Call\n" in shown(run_card(running_with(step), zone=ZONE))


def test_notes_left_out_are_asked_for_in_the_words_of_the_product():
    card = json.dumps(run_input_card(workflow("W"), key="k").to_json())
    assert '"errorMessage": "Meeting notes are required"' in card


def running_with(step):
    return replace(running(), steps=(step,))


def test_what_is_left_to_do_stands_under_its_step():
    note = "Offered in the 1:1 chat with me: Accept there saves it."
    done = completed()
    first = replace(done.steps[0], output={"url": "", "note": note})
    lines = shown(run_card(replace(done, steps=(first, *done.steps[1:])), zone=ZONE)).splitlines()
    assert lines.index(note) == lines.index(next(one for one in lines if one.startswith("✓  "))) + 1
    assert "Open" not in offered(run_card(replace(done, steps=(first,)), zone=ZONE))
