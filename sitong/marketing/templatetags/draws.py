"""What the draws' templates write. Load with `{% load draws %}`."""

from __future__ import annotations

from typing import Any

from django import template

from sitong.marketing.draws import looks

register = template.Library()


@register.filter
def draw_state(state: str) -> str:
    """Name a draw's state."""
    return str(looks.STATES.get(state, state))


@register.filter
def template_name(name: str) -> str:
    """Name a draw's template."""
    return str(looks.TEMPLATES.get(name, name))


@register.filter
def win_state(state: str) -> str:
    """Name what became of a prize."""
    return str(looks.WIN_STATES.get(state, state))


@register.filter
def how_won(how: str) -> str:
    """Name how a play ended."""
    return str(looks.HOWS.get(how, how))


@register.filter
def play_way(way: str) -> str:
    """Name how a play was paid."""
    return str(looks.WAYS.get(way, way))


@register.filter
def rule_name(name: str) -> str:
    """Name a field of the rules."""
    return str(looks.FIELDS.get(name, name))


@register.filter
def of_key(found: Any, key: Any) -> Any:
    """Give what a mapping holds under a key."""
    return found.get(key, "")
