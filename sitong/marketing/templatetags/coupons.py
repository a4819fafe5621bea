"""What the coupons' templates write. Load with `{% load coupons %}`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template

from sitong.marketing.coupons import looks

register = template.Library()


@register.filter
def headline(coupon: Any, currency: str = "CNY") -> str:
    """Say what a coupon gives."""
    return looks.headline(coupon, currency)


@register.filter
def threshold(coupon: Any, currency: str = "CNY") -> str:
    """Say from which sum on a coupon holds."""
    return looks.threshold(coupon, currency)


@register.filter
def coupon_state(state: str) -> str:
    """Name a coupon's state."""
    return str(looks.STATES.get(state, state))


@register.filter
def way_name(way: str) -> str:
    """Name the way by which a member got a coupon."""
    return str(looks.WAYS.get(way, way))


@register.filter
def among(value: Any, chosen: Sequence[Any] | None) -> bool:
    """Tell whether a choice is one of those that were made, whatever their types."""
    return str(value) in {str(one) for one in chosen or ()}


@register.filter
def for_input(at: datetime | str | None, zone: str) -> str:
    """Write an instant as an input of type datetime-local takes it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if isinstance(at, datetime) else at or ""


@register.filter
def code_groups(code: str) -> str:
    """Write a claim's code in groups of five, so that it can be read out."""
    return " ".join(code[at : at + 5] for at in range(0, len(code), 5))


@register.filter
def last_moment(until: datetime | None, zone: str) -> str:
    """Write the end of a half-open period as people say it: the last minute that is still in it."""
    return "" if until is None else looks.last_moment(until, zone)
