"""Every card, with one text of a user's in every place; see record_samples."""

from collections.abc import Callable
from dataclasses import replace

from pydantic import BaseModel

from cards.account import Permission, account_card, delete_my_data_card, deleted_card
from cards.builder import At, config_card, name_card, review_card, steps_card, trigger_card
from cards.buttons import button
from cards.chain import workflow_chain
from cards.data import data_card, data_list_card
from cards.elements import Card
from cards.form import form_card, keep_discard_card
from cards.help import HelpEntry, help_card
from cards.home import home_card
from cards.log import log_card, log_list_card
from cards.minutes import minutes_card, notes_card
from cards.notice import notice_card
from cards.problem import problem_card
from cards.run import run_card
from cards.run_input import run_input_card
from cards.verbs import ShowHelp, ShowWorkflow
from cards.welcome import welcome_card
from cards.workflow import delete_card, picker_card, workflow_card, workflow_list_card
from storage.minutes import Minutes
from storage.models import (
    Record,
    RunPage,
)
from tests.cards.record_samples import (
    ACTIONS,
    NOW,
    RUN,
    WF,
    ZONE,
    Settings,
    asking,
    completed,
    minutes,
    run,
    running,
    signing_in,
    trying_again,
    workflow,
)

AT = At("d1", 3)
HELP = tuple(
    HelpEntry((f"{word} <x>", f"{word} <x> [page n]"), summary)
    for word, summary in (
        ("help", "Show what I can do."), ("home", "Show where things stand."),
        ("new", "Make a workflow, step by step."), ("workflows", "List your workflows."),
        ("show", "Show one workflow."), ("edit", "Change a workflow."),
        ("delete", "Delete a workflow; its logs stay."), ("run", "Run a workflow."),
        ("minutes", "Make minutes of notes."), ("logs", "List what has run."),
        ("log", "Show one run."), ("retry", "Run failed steps again."),
        ("cancel", "Leave a form, or stop a run."), ("data", "Show what workflows saved."),
    )
)  # fmt: skip
OFFERS = tuple(
    (name, title, "Does its work well.")
    for name, title in (
        ("generate_mom", "Generate MOM"), ("save_data", "Save Data"),
        ("create_ppt", "Create PPT"), ("api_call", "API Call"),
    )
)  # fmt: skip


def every_card(text: str) -> dict[str, Callable[[], Card]]:
    """Draw every card with `text` wherever something typed by somebody can stand."""
    flow, failed = workflow(text), run(text)
    names = ("to", "subject", "body", "points", "headers", "slides", "template", "online", "share")
    values = dict.fromkeys((*names, "key"), text)
    wrong = {"": text, "to": text, "slides": text}
    record = Record("u", text, text, {"said": text, text: [text]}, RUN, "save_data", NOW)
    page = RunPage((running(text), failed, completed(text)) * 3 + (failed,), 55, 10, 0)
    return {
        "welcome": welcome_card,
        "help": lambda: help_card(HELP),
        "help_topic": lambda: help_card(HELP, "logs"),
        "help_unknown": lambda: help_card(HELP, f"x{text}"),
        "home": lambda: home_card([flow] * 5, [failed, running(text)] * 3, key="k", zone=ZONE),
        "workflows": lambda: workflow_list_card(
            [(flow, failed)] * 9 + [(flow, None)], page=2, pages=3, total=28, text=text, key="k"
        ),
        "workflows_searched": lambda: workflow_list_card(
            [], page=1, pages=1, total=0, text=f"x{text}", key="k"
        ),
        "workflow": lambda: workflow_card(flow, failed, key="k", zone=ZONE),
        "delete": lambda: delete_card(flow),
        "picker": lambda: picker_card(text or "?", [(text, text, ShowWorkflow(wf=WF))] * 8),
        "trigger": lambda: trigger_card(AT, [("manual", "By hand", "You start it.")], error=text),
        "steps": lambda: steps_card(
            AT, shown_chain=workflow_chain(flow), actions=ACTIONS, beside=(False, False, True),
            offered=OFFERS, error=text,
        ),
        "config": lambda: config_card(
            AT, title="Send Email", position=2, count=3, model_type=Settings, values=values,
            errors=wrong, kept=("key",),
        ),
        "name": lambda: name_card(AT, shown_chain=workflow_chain(flow), value=text, error=text),
        "review": lambda: review_card(
            AT, name=text, shown_chain=workflow_chain(flow),
            steps=[(action, {"body": text, text: text, "token": "CANARY-SECRET"})
                   for action in ACTIONS], error=text,
        ),
        "form": lambda: form_card(
            "Send an email", Settings, values, wrong, buttons=(button("Send", ShowHelp()),)
        ),
        "keep_discard": lambda: keep_discard_card(text),
        "run_failed": lambda: run_card(failed, title="Done", zone=ZONE),
        "run_going": lambda: run_card(
            running(text), title="Started", zone=ZONE, readers=("29:asha",)
        ),
        "run_asking": lambda: run_card(asking(text), zone=ZONE),
        "run_completed": lambda: run_card(completed(text), zone=ZONE),
        "run_watched": lambda: run_card(failed, zone=ZONE, viewer_is_runner=False),
        "run_trying_again": lambda: run_card(trying_again(text), zone=ZONE),
        "run_retried": lambda: run_card(
            replace(failed, key=f"retry:{WF}"), zone=ZONE, retried_as="R-22BB"
        ),
        "run_input": lambda: run_input_card(flow, key="k", value=text, error=text or None),
        "logs": lambda: log_list_card(page, number=2, words=text, zone=ZONE, heading=text),
        "logs_none": lambda: log_list_card(
            RunPage((), 0, 10, 0), number=1, words=text, zone=ZONE
        ),
        "log": lambda: log_card(failed, zone=ZONE),
        "log_deleted": lambda: log_card(replace(failed, joined_name=None), zone=ZONE),
        "minutes": lambda: minutes_card(minutes(text), draft_id="m1"),
        "minutes_long": lambda: minutes_card(minutes(text, many=40), draft_id="m1"),
        "notes": lambda: notes_card(text, text or None),
        "data": lambda: data_card(text, [record] * 12, zone=ZONE),
        "data_list": lambda: data_list_card([(text or "x", 3)] * 25),
        "account": lambda: account_card(
            text, text, [Permission("Mail.Send", text or "x", given, (text, text))
                         for given in (True, False)] * 12, signed_in=True, said=text,
        ),
        "account_new": lambda: account_card(
            text, text, [Permission("Mail.Send", text or "x", given=False)], signed_in=False
        ),
        "delete_my_data": lambda: delete_my_data_card(WF, {text or "x": 3, "y": 0}),
        "deleted": lambda: deleted_card({text or "x": 3}),
        "run_sign_in": lambda: run_card(signing_in(text), zone=ZONE),
        "notice": lambda: notice_card(text, button("Help", ShowHelp()), None),
        "problem": lambda: problem_card(text, button("Help", ShowHelp())),
    }  # fmt: skip


EMPTY: dict[str, Callable[[], Card]] = {
    "home": lambda: home_card([], [], key="k", zone="UTC"),
    "workflows": lambda: workflow_list_card([], page=1, pages=1, total=0, key="k"),
    "workflow": lambda: workflow_card(
        workflow("x", actions=(), action_configs={}, canvas=None), None, key="k", zone="UTC"
    ),
    "steps": lambda: steps_card(AT, shown_chain="Manual", actions=(), beside=(), offered=OFFERS),
    "form": lambda: form_card("Form", BaseModel, {}, buttons=()),
    "run": lambda: run_card(run("x", steps=(), error=None), zone="UTC"),
    "logs": lambda: log_list_card(RunPage((), 0, 10, 0), number=1, words="", zone="UTC"),
    "log": lambda: log_card(run("x", steps=(), inputs={}, error=None), zone="UTC"),
    "minutes": lambda: minutes_card(Minutes("Untitled"), draft_id="m1"),
    "notes": notes_card,
    "data": lambda: data_card("x", [], zone="UTC"),
    "data_list": lambda: data_list_card([]),
    "help": lambda: help_card(()),
    "account": lambda: account_card("x", "", [], signed_in=True),
    "delete_my_data": lambda: delete_my_data_card(WF, {}),
    "deleted": lambda: deleted_card({}),
}
