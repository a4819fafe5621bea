"""How journeys are spoken of: kinds of nodes, ways, faults, events, reasons; and a node in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from sitong.marketing.journeys.checks import Fault
from sitong.marketing.journeys.graph import Node
from sitong.shared.errors import SENTENCES

KINDS: Mapping[str, Any] = {
    "trigger": pgettext_lazy("journey", "Begin"),
    "wait": pgettext_lazy("journey", "Wait"),
    "wait_until": pgettext_lazy("journey", "Wait until"),
    "branch": pgettext_lazy("journey", "Branch"),
    "split": pgettext_lazy("journey", "Split by share"),
    "send": pgettext_lazy("journey", "Send a message"),
    "give": pgettext_lazy("journey", "Give"),
    "task": pgettext_lazy("journey", "Task for a guide"),
    "webhook": pgettext_lazy("journey", "Tell another system"),
    "goal": pgettext_lazy("journey", "Goal"),
    "exit": pgettext_lazy("journey", "End"),
}
ICONS: Mapping[str, str] = {
    "trigger": "bolt", "wait": "clock", "wait_until": "bell", "branch": "sitemap", "split": "percentage", "send": "send",
    "give": "gift", "task": "clipboard-check", "webhook": "webhook", "goal": "star", "exit": "circle-check",
}  # fmt: skip
WAYS: Mapping[str, Any] = {
    "next": pgettext_lazy("journey", "then"), "yes": pgettext_lazy("journey", "yes"), "no": pgettext_lazy("journey", "no"),
}  # fmt: skip
STATES: Mapping[str, Any] = {
    "draft": pgettext_lazy("journey", "Draft"), "running": pgettext_lazy("journey", "Running"),
    "paused": pgettext_lazy("journey", "Paused"), "ended": pgettext_lazy("journey", "Ended"),
}  # fmt: skip
WHY: Mapping[str, Any] = {
    "exit": gettext_lazy("came to the end"), "goal": gettext_lazy("reached the goal"), "left": gettext_lazy("was taken out"),
    "ended": gettext_lazy("the journey ended"), "joined": gettext_lazy("turned out to be another member"),
    "long": gettext_lazy("went round too often"),
}  # fmt: skip
FAULTS: Mapping[str, Any] = {
    "one_trigger": gettext_lazy("A journey begins at exactly one place."),
    "one_goal": gettext_lazy("A journey has one goal at most."),
    "too_many": gettext_lazy("There are too many nodes: %(most)s at most."),
    "edge_wrong": gettext_lazy("An arrow leads to nowhere."),
    "way_twice": gettext_lazy("The way “%(way)s” leads to two places."),
    "way_open": gettext_lazy("The way “%(way)s” leads nowhere yet."),
    "kind_unknown": gettext_lazy("This kind of node is not known."),
    "not_reached": gettext_lazy("No way leads here."),
    "endless": gettext_lazy("Members would go round here for ever: put a wait into the round."),
    "trigger_missing": gettext_lazy("Choose what brings members in."),
    "event_missing": gettext_lazy("Choose what must happen."),
    "where_wrong": gettext_lazy("A condition is not complete."),
    "segment_missing": gettext_lazy("Choose a segment."),
    "segment_way": gettext_lazy("Choose whether members enter or leave the segment."),
    "date_missing": gettext_lazy("Choose the date, and at most 60 days before it."),
    "hour_wrong": gettext_lazy("Hours run from 0 to 23."),
    "time_missing": gettext_lazy("Choose the day and the time."),
    "wait_missing": gettext_lazy("Say how long."),
    "wait_long": gettext_lazy("Nobody waits longer than a year."),
    "branch_missing": gettext_lazy("Say what decides."),
    "shares_wrong": gettext_lazy("Two to eight shares must make up 100 %."),
    "template_missing": gettext_lazy("Choose a message template."),
    "give_missing": gettext_lazy("Choose what is given."),
    "text_missing": gettext_lazy("Write what is to be done, in at most 200 characters."),
    "days_missing": gettext_lazy("Say within how many days: 1 to 365."),
}
EVENTS: Mapping[str, Any] = {
    "member.joined": gettext_lazy("Joins as a member"),
    "scene.order_placed": gettext_lazy("Places an order"),
    "scene.order_paid": gettext_lazy("Pays for an order"),
    "scene.order_handed_over": gettext_lazy("Gets its goods"),
    "scene.order_canceled": gettext_lazy("An order is canceled"),
    "scene.order_expired": gettext_lazy("An order was not paid in time"),
    "scene.goods_returned": gettext_lazy("Gives goods back"),
    "marketing.coupon_claimed": gettext_lazy("Gets a coupon"),
    "marketing.coupon_redeemed": gettext_lazy("Redeems a coupon"),
    "marketing.coupon_expiring": gettext_lazy("A coupon expires soon"),
    "marketing.member_checked_in": gettext_lazy("Checks in at a store"),
    "marketing.draw_won": gettext_lazy("Wins in a draw"),
    "marketing.code_drawn": gettext_lazy("Scans a code for a reward"),
    "marketing.gift_redeemed": gettext_lazy("Fetches a gift"),
    "member.tier_rose": gettext_lazy("Rises to a higher tier"),
    "member.tier_fell": gettext_lazy("Falls to a lower tier"),
    "member.tier_ending": gettext_lazy("Will lose its tier soon"),
    "member.points_expiring": gettext_lazy("Points expire soon"),
    "marketing.message_opened": gettext_lazy("Opens a message"),
    "marketing.message_clicked": gettext_lazy("Clicks in a message"),
    "marketing.message_unsubscribed": gettext_lazy("Wants no more messages"),
}
"""What journeys may begin with, wait for, or be for; any other event may be named, too."""
FIELDS: Mapping[str, Any] = {
    "total_minor": gettext_lazy("Total (in cents)"), "channel": gettext_lazy("Channel"), "scene": gettext_lazy("Scene"),
    "source": gettext_lazy("Source"), "store_id": gettext_lazy("Store"), "coupon_id": gettext_lazy("Coupon"), "after": pgettext_lazy("journey", "New tier"),
    "points": gettext_lazy("Points"),
}  # fmt: skip
REASONS: Mapping[str, Any] = {
    "done": pgettext_lazy("journey", "done"), "control": gettext_lazy("control group: nothing done"),
}  # fmt: skip


def fault_said(fault: Fault) -> str:
    """Say what is wrong, in the active language."""
    facts = dict(fault.facts)
    if "way" in facts:
        facts["way"] = str(WAYS.get(facts["way"], str(facts["way"]).upper()))
    text = str(FAULTS.get(fault.code, fault.code))
    return text % facts if facts else text


def reason_said(code: str) -> str:
    """Say what came of a step: done, left out on purpose, or the refusal's sentence."""
    if code in REASONS:
        return str(REASONS[code])
    found = next((text for key, text in SENTENCES.items() if key[:40] == code), code)
    return str(found).split("{")[0].strip() if "{" in str(found) else str(found)


def time_said(wanted: Mapping[str, Any]) -> str:
    """Say how long a wait is: "3 days, then at 9:00"."""
    amount, unit = int(wanted.get("amount") or 0), str(wanted.get("unit", "days"))
    said = {
        "minutes": ngettext("%(n)s minute", "%(n)s minutes", amount), "hours": ngettext("%(n)s hour", "%(n)s hours", amount),
        "days": ngettext("%(n)s day", "%(n)s days", amount),
    }.get(unit, "%(n)s") % {"n": amount}  # fmt: skip
    hour = wanted.get("hour")
    if hour is None:
        return said
    at = _("until %(hour)s:00") % {"hour": hour}
    return at if not amount else _("%(long)s, then %(at)s") % {"long": said, "at": at}


def happening_said(wanted: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Say what must happen: an event, or entering or leaving a segment."""
    if "event" in wanted:
        return str(EVENTS.get(str(wanted["event"]), wanted["event"]))
    name = names.get(str(wanted.get("segment")), "…")
    if wanted.get("way") == "left":
        return _("leaves “%(name)s”") % {"name": name}
    return _("enters “%(name)s”") % {"name": name}


def node_said(node: Node, names: Mapping[str, str]) -> str:
    """Say in a few words what a node does. `names` are those of templates, segments, tags and rewards, by their ids.

    What a program has drawn may be no settings at all: then nothing is said but that something is missing.
    """
    try:
        return _node_said(node, names)
    except (TypeError, ValueError):
        return "…"


def _node_said(node: Node, names: Mapping[str, str]) -> str:
    wanted = node.settings
    if node.kind == "trigger":
        return _trigger_said(wanted, names)
    if node.kind == "wait":
        return time_said(wanted)
    if node.kind == "wait_until":
        return _("%(what)s, at most %(long)s") % {
            "what": happening_said(wanted, names),
            "long": time_said({**wanted, "hour": None}),
        }
    if node.kind == "branch":
        if "segment" in wanted:
            return _("in “%(name)s”?") % {"name": names.get(str(wanted["segment"]), "…")}
        happened = wanted.get("happened")
        if isinstance(happened, Mapping):
            return {"opened": _("message opened?"), "clicked": _("message clicked?")}.get(
                str(happened.get("what")), _("message arrived?")
            )
        return _("a rule")
    if node.kind == "split":
        return " : ".join(f"{one / 100:g} %" for one in wanted.get("shares") or ())
    if node.kind == "send":
        return names.get(str(wanted.get("template")), "…")
    if node.kind == "give":
        return names.get("tag" if "tag" in wanted else "", "") or names.get(str(wanted.get("tag") or node.id), "…")
    if node.kind == "task":
        return str(wanted.get("text", ""))
    if node.kind == "webhook":
        return str(wanted.get("label", ""))
    if node.kind == "goal":
        return _("%(what)s within %(n)s days") % {"what": happening_said(wanted, names), "n": wanted.get("days", "…")}
    return ""


def _trigger_said(wanted: Mapping[str, Any], names: Mapping[str, str]) -> str:
    on = wanted.get("on")
    if on == "date":
        what = _("anniversary of joining") if wanted.get("date") == "anniversary" else _("birthday")
        before = int(wanted.get("days_before") or 0)
        return _("%(what)s, %(n)s days before") % {"what": what, "n": before} if before else what
    if on == "schedule":
        return _("everybody in “%(name)s”, once") % {"name": names.get(str(wanted.get("segment")), "…")}
    return _("put in by hand") if on == "hand" else happening_said(wanted, names)
