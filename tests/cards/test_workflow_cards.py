"""Workflows as lists, details and questions; and how they are made."""

import pytest

from cards.builder import At, name_card, review_card, steps_card, trigger_card
from cards.chain import chain, workflow_chain
from cards.data import data_card, data_list_card
from cards.help import HelpEntry, help_card
from cards.home import home_card
from cards.notice import notice_card
from cards.problem import problem_card
from cards.verbs import ShowWorkflow, read
from cards.welcome import welcome_card
from cards.workflow import delete_card, picker_card, workflow_card, workflow_list_card
from storage.models import Record
from tests.cards.card_reading import as_text
from tests.cards.card_samples import AT, HELP, OFFERS
from tests.cards.record_samples import ACTIONS, NOW, RUN, WF, ZONE, run, workflow


def shown(card):
    return as_text(card.to_json())


def offered(card):
    return {each["title"]: read(each["data"])[0] for each in card.actions}


def test_a_row_says_how_many_actions_and_what_starts_them():
    rows = [(workflow("Weekly"), None), (workflow("Daily"), run())]
    words = shown(workflow_list_card(rows, page=1, pages=1, total=2, key="k"))
    assert "Weekly\n3 action(s) • manual trigger\nNot run yet\n[ Run ] [ Show ]" in words
    assert "Last run: ✕ failed in part, 4 Mar 2026, 14:00" in words
    assert "2 workflows" in words


def test_a_list_turns_pages_within_what_was_searched():
    rows = [(workflow("Weekly"), None)]
    card = workflow_list_card(rows, page=2, pages=3, total=28, text="week", key="k")
    assert offered(card)["Previous"].model_dump() == {"text": "week", "page": 1}
    assert offered(card)["Next"].page == 3
    assert 'matching "week"' in shown(card)


def test_an_empty_list_leads_to_the_first_workflow():
    card = workflow_list_card([], page=1, pages=1, total=0, key="k")
    assert [*offered(card)] == ["New workflow"]
    searched = workflow_list_card([], page=1, pages=1, total=0, text="zzz", key="k")
    assert 'No workflow matches "zzz".' in shown(searched)
    assert [*offered(searched)] == ["New workflow", "All workflows"]


def test_a_workflow_shows_its_chain_settings_and_version_but_no_secret():
    words = shown(workflow_card(workflow("Weekly"), run(), key="k", zone=ZONE))
    assert "Manual -> Generate MOM -> (Send Email, Calendar Event)" in words
    assert "To: ana@contoso.example" in words
    assert "Api key: ••••••" in words
    assert "Version 4 • changed 4 Mar 2026, 19:30" in words


def test_a_second_step_of_a_kind_shows_its_own_settings():
    twice = workflow(
        actions=("send_email", "send_email"), canvas=None,
        action_configs={"send_email": {"to": "first"}, "send_email#2": {"to": "second"}},
    )  # fmt: skip
    words = shown(workflow_card(twice, None, key="k", zone="UTC"))
    assert words.index("To: first") < words.index("To: second")


@pytest.mark.parametrize(
    "canvas",
    [
        None, {}, {"nodes": 1, "edges": "x"}, {"nodes": [1, {"id": 2}], "edges": [None]},
        {"nodes": [{"id": "a", "type": "action", "data": {"actionType": "save_data"}},
                   {"id": "b", "type": "action", "data": None}],
         "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "a"}]},
    ],
)  # fmt: skip
def test_a_canvas_that_is_no_graph_shows_the_actions_in_order(canvas):
    assert chain("manual", ("generate_mom", "save_data"), canvas) == (
        "Manual -> Generate MOM -> Save Data"
    )


def test_branches_that_meet_again_are_written_in_order():
    nodes = [
        {"id": name, "type": "action", "data": {"actionType": action}}
        for name, action in (("a", "generate_mom"), ("b", "save_data"), ("c", "create_ppt"),
                             ("d", "api_call"))
    ]  # fmt: skip
    edges = [{"source": s, "target": t} for s, t in ("ab", "ac", "bd", "cd")]
    actions = ("generate_mom", "save_data", "create_ppt", "api_call")
    assert chain("webhook", actions, {"nodes": nodes, "edges": edges}) == (
        "Webhook -> Generate MOM -> (Save Data, Create PPT) -> API Call"
    )


def test_deleting_is_asked_about_the_version_on_show():
    card = delete_card(workflow("Weekly"))
    assert 'Delete "Weekly"?' in shown(card)
    assert offered(card)["Delete"].model_dump() == {"wf": WF, "rev": 4}
    assert offered(card)["Keep it"] == ShowWorkflow(wf=WF)


def test_a_picker_tells_the_choices_apart():
    choices = [("Weekly", "3 action(s)", ShowWorkflow(wf=WF)), ("Week 2", "", ShowWorkflow(wf="b"))]
    words = shown(picker_card("Which one?", choices))
    assert words == "Which one?\nWeekly\n3 action(s)\n[ Choose ]\nWeek 2\n[ Choose ]"


def test_home_has_starts_five_workflows_and_five_runs():
    card = home_card([workflow("W")] * 9, [run("R")] * 9, key="k", zone=ZONE)
    assert shown(card).count("[ Run ] [ Show ]") == 5
    assert shown(card).count("[ Log ]") == 5
    assert [*offered(card)][:3] == ["Make minutes", "New workflow", "Workflows"]


def test_the_welcome_says_why_it_is_there_and_offers_three_starts():
    assert "You see this because I was added to this chat." in shown(welcome_card())
    assert [*offered(welcome_card())] == ["Make minutes", "New workflow", "Help"]


def test_help_lists_every_command_and_the_way_out_of_a_form():
    words = shown(help_card(HELP))
    assert all(entry.forms[0] in words and entry.summary in words for entry in HELP)
    assert "Type cancel to leave it" in words
    assert help_card(HELP).to_json() is help_card(list(HELP)).to_json()


def test_help_on_a_topic_shows_all_its_forms():
    entry = HelpEntry(("logs", "logs failed", "show logs"), "List what has run.")
    assert shown(help_card([entry], " LOGS ")) == (
        "logs\nList what has run.\nYou can say:\nlogs\nlogs failed\nshow logs\n[ All commands ]"
    )
    assert "List what has run." in shown(help_card([entry], "show"))


def test_help_on_what_it_does_not_know_lists_the_topics():
    words = shown(help_card(HELP, "*dancing*"))
    assert 'I have no help on "*dancing*". Topics: help, home, new' in words


def test_the_builder_shows_the_chain_and_moves_within_it():
    card = steps_card(
        AT, shown_chain="Manual -> A", actions=ACTIONS, beside=(False, False, True), offered=OFFERS
    )
    choices = [
        each["data"]["choice"]
        for row in card.body
        for part in row.get("items", ())
        for each in part.get("actions", ())
    ]
    assert {"down:0", "remove:0", "up:1", "beside:1", "down:1", "up:2", "remove:2"} <= set(choices)
    assert not {"up:0", "beside:0", "down:2"} & set(choices)
    assert offered(card)["Next"].model_dump() == {"dialog": "d1", "rev": 3, "choice": "next"}


def test_going_back_or_out_asks_for_nothing():
    for card in (trigger_card(AT, OFFERS), name_card(AT, shown_chain="x")):
        for each in card.actions:
            assert (each["title"] == "Next") == ("associatedInputs" not in each)


def test_a_blank_name_is_refused_on_the_same_card():
    card = name_card(AT, shown_chain="x", value=" ", error="Workflow name is required")
    assert "Workflow name: [ ]\n⚠ Workflow name is required" in shown(card)
    assert card.summary == "Workflow name is required"


def test_the_review_shows_what_will_be_saved():
    steps = [("send_email", {"subject": "Hi", "password": "CANARY"})]
    card = review_card(
        At("d", 1), name="Weekly", shown_chain=workflow_chain(workflow()), steps=steps
    )
    assert "1. Send Email" in shown(card)
    assert "Subject: Hi" in shown(card)
    assert "CANARY" not in str(card.to_json())
    assert next(iter(offered(card))) == "Save"


def test_saved_data_reads_as_it_was_saved():
    record = Record("u", "clients", "acme", {"owner": "Chen", "token": "CANARY"}, RUN, "s", NOW)
    assert "acme • 4 Mar 2026, 14:00\nowner: Chen; token: ••••••" in shown(
        data_card("clients", [record], zone="UTC")
    )
    assert "and 5 more" in shown(data_list_card([("x", 1)] * 25))
    assert 'Nothing is saved as "x".' in shown(data_card("x", [], zone="UTC"))


def test_a_name_too_long_for_a_button_has_none():
    assert "[ Show ]" not in shown(data_list_card([("x" * 101, 1)]))


def test_a_problem_or_a_notice_is_a_sentence_with_a_way_on():
    button = welcome_card().actions[0]
    for card in (problem_card("It broke.", button), notice_card("Done.", button)):
        assert card.summary in ("It broke.", "Done.")
        assert card.actions == (button,)
    assert problem_card("It broke.").actions == ()


def test_steps_beside_each_other_are_not_said_to_start_together():
    card = steps_card(
        AT, shown_chain="Manual -> A", actions=ACTIONS, beside=(False, False, True), offered=OFFERS
    )
    words = shown(card)
    assert "3. Calendar Event (beside the one above)" in words
    assert "same time as" not in words
