"""Buttons as data: every verb is a value with named fields, and the same value comes back.

A verb carries ids, never rights: it returns from the client, so the service checks again.
"""

from cards.verb import INPUT_PREFIX, VERBS, Count, Id, Key, Once, Verb, Words, read

__all__ = ["INPUT_PREFIX", "VERBS", "Verb", "read"]


class ShowHome(Verb, verb="home"):
    """Show the home card."""


class ShowHelp(Verb, verb="help"):
    """Show help, on a topic or all of it."""

    topic: Words | None = None


class NewWorkflow(Verb, verb="workflow.new"):
    """Start the builder."""


class ListWorkflows(Verb, verb="workflow.list"):
    """List workflows, a page at a time (1 is the first)."""

    text: Words = ""
    page: Count = 1


class ShowWorkflow(Verb, verb="workflow.show"):
    """Show one workflow."""

    wf: Id


class EditWorkflow(Verb, verb="workflow.edit"):
    """Open the builder on a workflow."""

    wf: Id


class DeleteWorkflow(Verb, verb="workflow.delete"):
    """Ask whether to delete a workflow."""

    wf: Id


class ConfirmDelete(Verb, verb="workflow.delete.confirm"):
    """Delete it. `rev` is the version the question was about."""

    wf: Id
    rev: Count


class ShareWorkflow(Verb, verb="workflow.share"):
    """Let everybody in the conversation it is pressed in run a workflow."""

    wf: Id


class UnshareWorkflow(Verb, verb="workflow.unshare"):
    """Take that right away again."""

    wf: Id


class RunNow(Verb, verb="workflow.run"):
    """Start a workflow. Pressed twice with one key: one run."""

    wf: Id
    key: Once


class StartRun(Verb, verb="run.start"):
    """Start a workflow with what was typed on the input card (`in.notes`)."""

    wf: Id
    key: Once


class CancelRun(Verb, verb="run.cancel"):
    """Stop what a run has not done yet."""

    run: Id


class Retry(Verb, verb="run.retry"):
    """Run the failed and not-run steps of a run again, once."""

    run: Id


class RunAgain(Verb, verb="run.again"):
    """Run the whole workflow of a run once more, with the same inputs."""

    run: Id
    key: Once


class AnswerStep(Verb, verb="run.answer"):
    """Say whether a step whose outcome is unknown was done."""

    run: Id
    step: Key
    done: bool


class SendReviewed(Verb, verb="review.send"):
    """Send what the card shows, as edited: of one step, or of all that wait (`in.<n>.<field>`)."""

    run: Id
    step: Key | None = None


class SkipReviewed(Verb, verb="review.skip"):
    """Leave a step out; what follows it goes on."""

    run: Id
    step: Key


class ShowLog(Verb, verb="log.show"):
    """Show one execution log."""

    run: Id


class ListLogs(Verb, verb="log.list"):
    """List execution logs: `words` is what would be typed after `logs`."""

    words: Words = ""
    page: Count = 1


class RefreshRun(Verb, verb="run.refresh"):
    """Draw a run's card as it stands now; sent by the client on its own."""

    run: Id


class StartMinutes(Verb, verb="minutes.start"):
    """Ask for notes."""


class MakeMinutes(Verb, verb="minutes.make"):
    """Make minutes of the notes typed on the card (`in.notes`)."""


class EditMinutes(Verb, verb="minutes.edit"):
    """Open the notes again to change them. `minutes` is the saved draft's id."""

    minutes: Id


class UseMinutes(Verb, verb="minutes.use"):
    """Pick a workflow to run with these notes."""

    minutes: Id


class RunWithMinutes(Verb, verb="minutes.run"):
    """Start a workflow with the notes of a saved draft. Pressed twice with one key: one run."""

    wf: Id
    minutes: Id
    key: Once


class PickForMessage(Verb, verb="message.pick"):
    """Pick a workflow for a message; sent by its menu, which brings the message along."""


class MinutesOfMessage(Verb, verb="message.minutes"):
    """Look at a message before minutes are drafted of it; sent by its menu."""


class RunWithMessage(Verb, verb="message.run"):
    """Start the workflow picked (`in.wf`) with kept notes. Pressed twice with one key: one run."""

    minutes: Id
    key: Once
    thread: Id | None = None  # the post the answer belongs under


class DraftOfMessage(Verb, verb="message.draft"):
    """Draft minutes of kept notes, where the message is. Pressed twice with one key: once."""

    minutes: Id
    key: Once
    thread: Id | None = None


class ShowData(Verb, verb="data.show"):
    """Show saved records of one name, or all names."""

    data: Words | None = None


class ShowAccount(Verb, verb="account"):
    """Show who somebody is here, and what they have allowed."""


class Connect(Verb, verb="connect"):
    """Sign in, and give a permission by its name where one is asked for."""

    scope: Key | None = None


class SignOut(Verb, verb="signout"):
    """Forget the presser's sign-in."""


class CheckConnection(Verb, verb="connection.check"):
    """Ask Microsoft 365 something as the presser, to see that it works."""


class SignInForRun(Verb, verb="run.sign_in"):
    """Sign in for what a run waits for; it goes on by itself."""

    run: Id


class DeleteMyData(Verb, verb="data.delete"):
    """Ask whether to delete everything of the presser's."""


class ConfirmDeleteMyData(Verb, verb="data.delete.confirm"):
    """Delete everything of this user's; anybody else who presses is refused."""

    user: Id


class DialogAnswer(Verb, verb="dialog.answer"):
    """Answer the open dialog. `rev` is the step the card was drawn for; `choice` which button."""

    dialog: Id
    rev: Count
    choice: Key


class KeepDialog(Verb, verb="dialog.keep"):
    """Go on with the open dialog."""


class DiscardDialog(Verb, verb="dialog.discard"):
    """Drop the open dialog and do what was asked instead."""

    words: Words = ""
