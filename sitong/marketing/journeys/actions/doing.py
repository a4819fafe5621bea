"""Do what a node wants for members who come to it: send, give, tag, ask a guide, tell the brand's own systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.giving.actions import RewardDue, give_rewards
from sitong.marketing.giving.rules import reward_read
from sitong.marketing.journeys.events import GuideTaskWanted, JourneyPassed
from sitong.marketing.journeys.graph import Node
from sitong.marketing.journeys.models import JourneyTask
from sitong.marketing.journeys.queries.steps import facts_of_entries
from sitong.marketing.journeys.rules import fields_of
from sitong.marketing.journeys.walking import DONE, Walker
from sitong.marketing.messages.actions.plan import plan_many, plan_messages
from sitong.marketing.messages.planning import MessageWanted
from sitong.marketing.messages.queries.facts import terms_of
from sitong.member.identity.queries import home_stores_of
from sitong.member.profile.actions import tag_members
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce

SOURCE = "journey"


def do_at(
    node: Node, walkers: Sequence[Walker], *, step_ids: Sequence[UUID], brand_id: UUID, journey_id: UUID, now: datetime
) -> list[str]:
    """Do what a node wants for each of these members, under the ids of their steps, in the caller's transaction.

    Gives for each `done`, or the code of why not. The number of statements does not depend on the number of members.
    """
    if node.kind == "send":
        return _send(node, walkers, step_ids, brand_id, journey_id, now)
    if node.kind == "give":
        return _give(node, walkers, step_ids, brand_id, journey_id, now)
    if node.kind == "task":
        return _ask(node, walkers, step_ids, brand_id, journey_id, now)
    announce([
        JourneyPassed(brand_id, journey_id, node.id, str(node.settings.get("label", "")), one.member_id, step_id)
        for one, step_id in zip(walkers, step_ids, strict=True)
    ], at=now)  # fmt: skip
    return [DONE] * len(walkers)


def source_of(journey_id: UUID) -> str:
    """Give the name under which a journey sends and gives."""
    return f"{SOURCE}:{journey_id}"


def _send(
    node: Node, walkers: Sequence[Walker], step_ids: Sequence[UUID], brand_id: UUID, journey_id: UUID, now: datetime
) -> list[str]:
    template_id, cause = UUID(str(node.settings["template"])), source_of(journey_id)
    terms = terms_of([template_id]).get(template_id)
    if terms is None or not terms.said:
        members = [one.member_id for one in walkers]
        planned = plan_many(step_ids, members, template_id=template_id, cause=cause, now=now)
        return [code[:40] or DONE for code in planned.codes]
    facts = facts_of_entries([one.entry_id for one in walkers])
    wanted = [
        MessageWanted(step_id, brand_id, one.member_id, template_id, cause, _said(facts.get(one.entry_id), terms.said))
        for one, step_id in zip(walkers, step_ids, strict=True)
    ]
    return [one.code[:40] if isinstance(one, Refused) else DONE for one in plan_messages(wanted, now=now)]


def _said(facts: Mapping[str, Any] | None, asked: frozenset[str]) -> dict[str, str]:
    """Give what the event that brought a member here says of what a template asks for."""
    return {field: value for field, value in fields_of(facts or {}).items() if field in asked}


def _give(
    node: Node, walkers: Sequence[Walker], step_ids: Sequence[UUID], brand_id: UUID, journey_id: UUID, now: datetime
) -> list[str]:
    if "tag" in node.settings:
        try:
            tag_members([one.member_id for one in walkers], UUID(str(node.settings["tag"])), by=None, now=now)
        except NotFound as gone:
            return [gone.code] * len(walkers)
        return [DONE] * len(walkers)
    reward, source = reward_read(node.settings["reward"]), source_of(journey_id)
    due = [
        RewardDue(step_id, brand_id, one.member_id, reward, source)
        for one, step_id in zip(walkers, step_ids, strict=True)
    ]
    return [one.code[:40] if isinstance(one, Refused) else DONE for one in give_rewards(due, now=now)]


def _ask(
    node: Node, walkers: Sequence[Walker], step_ids: Sequence[UUID], brand_id: UUID, journey_id: UUID, now: datetime
) -> list[str]:
    stores = home_stores_of([one.member_id for one in walkers])
    text, text_en = str(node.settings["text"])[:200], str(node.settings.get("text_en", ""))[:200]
    tasks = [
        JourneyTask(
            id=step_id, brand_id=brand_id, journey_id=journey_id, entry_id=one.entry_id, member_id=one.member_id,
            store_id=stores.get(one.member_id), text=text, text_en=text_en, at=now,
        )
        for one, step_id in zip(walkers, step_ids, strict=True)
    ]  # fmt: skip
    JourneyTask.objects.bulk_create(tasks)
    announce([GuideTaskWanted(brand_id, journey_id, one.id, one.member_id, one.store_id) for one in tasks], at=now)
    return [DONE] * len(tasks)
