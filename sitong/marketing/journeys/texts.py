"""What the editor's script says, in the active language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def editor_texts() -> dict[str, str]:
    """Give the editor's words by their keys."""
    return {
        "saved": _("Everything is kept"), "saving": _("Saving…"), "unsaved": _("Not saved: try again"), "after": _("Add a step after this one"),
        "after_way": _("Add a step on the way “%(way)s”"), "leads_to": _("Leads to"), "nowhere": _("nowhere yet"), "delete": _("Delete this node"),
        "copy": _("Copy"), "what": _("What happens"), "event": _("What must happen"), "other_event": _("Another event, by its name"),
        "segment": _("Segment"), "segment_way": _("The member"), "entered": _("enters the segment"), "left": _("leaves the segment"),
        "date": _("Date"), "birthday": _("Birthday"), "anniversary": _("Anniversary of joining"), "days_before": _("Days before it"),
        "hour": _("From this hour on"), "at": _("Day and time"), "on": _("What brings members in"), "on_event": _("Something happens"),
        "on_segment": _("A segment is entered or left"), "on_date": _("A date comes"), "on_schedule": _("Everybody of a segment, at a time"),
        "on_hand": _("Put in by hand"), "amount": _("How long"), "unit": _("Unit"), "minutes": _("minutes"), "hours": _("hours"), "days": _("days"),
        "then_hour": _("Then until this hour of the day"), "at_once": _("at once"), "at_most": _("At most"), "decides": _("What decides"),
        "in_segment": _("Is in a segment"), "happened": _("What came of a message"), "rule": _("A rule"), "message": _("Message"),
        "delivered": _("arrived"), "opened": _("was opened"), "clicked": _("was clicked"), "shares": _("Shares in percent"), "share": _("Way"),
        "more": _("One more"), "less": _("One less"), "template": _("Message template"), "give": _("What is given"), "count": _("How many"),
        "tags": _("Tags"), "text": _("What is to be done (Chinese)"), "text_en": _("The same in English"), "label": _("Label for the other system"),
        "within": _("Within so many days"), "leave": _("Who reaches it leaves"), "where": _("Only if"), "field": _("Fact"), "value": _("Value"),
        "choose": _("Choose"), "pick": _("Choose a node to set it up. Drag nodes to move them, drag from a dot to another node to connect."),
        "keys": _("Tab chooses a node, arrow keys move it, + adds a step after it, Delete removes it, Ctrl+Z undoes."),
        "inside": _("inside"), "passed": _("passed"), "faults": _("Still to do"), "fine": _("Everything is right. It can be started."),
        "one_trigger": _("The beginning cannot be deleted."), "goal_hint": _("Counts for everybody who entered, treated or not. No arrow needs to lead here."),
        "webhook_hint": _("Webhooks that listen to “marketing.journey_passed” hear each member who comes here."),
        "send_hint": _("Consent, quiet hours and caps hold here, too. Who cannot be reached takes the way “no”, or goes on if there is none."),
        "exit_hint": _("Who comes here has finished the journey."), "task_hint": _("Appears as a task for the member's store."),
        "control_hint": _("Members of the control group pass here with nothing done."), "no_templates": _("There is no message template yet."),
        "no_segments": _("There is no live segment yet."), "advanced": _("Written as a rule of the segment language"), "zoom": _("Size"),
    }  # fmt: skip
