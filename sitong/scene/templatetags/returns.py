"""How return pages put back what was typed."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.simple_tag
def typed(sent: Mapping[str, str], name: str, position: object = "", otherwise: object = 0) -> object:
    """Give what was sent under a field's name (with a line's position), else what stands there first."""
    key = f"{name}{position}"
    return sent.get(key, otherwise) if sent else otherwise
