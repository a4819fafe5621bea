"""What the editor offers: events, segments, templates, rewards, tags; and the names of what a graph has chosen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from sitong.marketing.giving.forms import reward_choices
from sitong.marketing.giving.queries import rewards_named
from sitong.marketing.giving.rules import reward_read, reward_sound
from sitong.marketing.journeys.graph import Graph
from sitong.marketing.journeys.judging import segments_of
from sitong.marketing.journeys.said import EVENTS, FIELDS, ICONS, KINDS
from sitong.marketing.messages.models import MessageTemplate
from sitong.member.profile.queries import tags_of_brand

TEMPLATES_MAX = 500


def choices_of(brand_id: UUID) -> dict[str, Any]:
    """Give what may be chosen in a brand's journeys, in the active language, as plain values for the page."""
    rewards = [
        {"label": str(group.label), "options": [{"value": value, "label": str(label)} for value, label in group.options]}
        for group in reward_choices(brand_id, kinds=("points", "coupon", "gift", "chance"))
    ]  # fmt: skip
    return {
        "kinds": [{"value": kind, "label": str(label), "icon": ICONS[kind]} for kind, label in KINDS.items()],
        "events": [{"value": name, "label": str(label)} for name, label in EVENTS.items()],
        "fields": [{"value": name, "label": str(label)} for name, label in FIELDS.items()],
        "segments": [{"value": str(key), "label": name} for key, name in segment_names(brand_id).items()],
        "templates": [{"value": str(key), "label": name} for key, name in template_names(brand_id).items()],
        "tags": [{"value": str(one.id), "label": one.name} for one in tags_of_brand(brand_id, also_retired=False)],
        "rewards": rewards,
    }


def names_in(graph: Graph, brand_id: UUID) -> dict[str, str]:
    """Give the names of what a graph has chosen: templates, segments and tags by id, rewards by the node that gives them."""
    names = {str(key): name for key, name in template_names(brand_id).items()}
    names |= {str(key): name for key, name in segment_names(brand_id).items()}
    names |= {str(one.id): one.name for one in tags_of_brand(brand_id, also_retired=True)}
    rewards = {
        node.id: reward_read(node.settings["reward"]) for node in graph.nodes.values() if node.kind == "give" and _chosen(node.settings)
    }  # fmt: skip
    said = rewards_named(set(rewards.values()))
    return names | {key: said[reward][1 if _english() else 0] for key, reward in rewards.items()}


def template_names(brand_id: UUID) -> dict[UUID, str]:
    """Give the message templates of a brand that have not ended, in the active language."""
    rows = MessageTemplate.objects.filter(brand_id=brand_id, ended_at=None).order_by("-created_at")
    found = rows.values_list("id", "name", "name_en", "channel")[:TEMPLATES_MAX]
    return {key: (english if _english() and english else name) for key, name, english, _channel in found}


def segment_names(brand_id: UUID) -> dict[UUID, str]:
    """Give the live segments of a brand, in the active language."""
    return {
        key: (english if _english() and english else name) for key, (name, english) in segments_of(brand_id).items()
    }


def _chosen(wanted: Any) -> bool:
    try:
        return reward_sound(reward_read(wanted["reward"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _english() -> bool:
    return (get_language() or "").startswith("en")
