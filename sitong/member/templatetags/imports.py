"""What templates write of imported files: `{% load imports %}`."""

from __future__ import annotations

from typing import Any

from django import template

from sitong.member.imports.said import KIND_NAMES, RECORD_STATES

register = template.Library()


@register.filter
def import_kind(kind: str) -> Any:
    """Say what a file is."""
    return KIND_NAMES.get(kind, kind)


@register.filter
def record_state(state: str) -> Any:
    """Say what became of records."""
    return RECORD_STATES.get(state, state)
