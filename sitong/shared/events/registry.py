"""What can be announced and who listens."""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Happening:
    """Base of every event: a frozen dataclass of ids, integers, codes and dates, named "<word>.<past tense>".

    Changed only by adding fields with a default, since old events are read again.
    """

    name: ClassVar[str] = ""
    brand_id: UUID


H = TypeVar("H", bound=Happening)
Handler = Callable[[Sequence[Any]], None]

HAPPENINGS: dict[str, type[Happening]] = {}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A named reader of some events. Its cursor has this name; renaming it starts it anew."""

    subscriber: str
    names: tuple[str, ...]
    handle: Handler


SUBSCRIPTIONS: dict[str, Subscription] = {}


def happening(kind: type[H]) -> type[H]:
    """Register an event class under its name, so that its rows can be read back."""
    if kind.name in HAPPENINGS and HAPPENINGS[kind.name].__qualname__ != kind.__qualname__:
        raise ValueError(f"two events are named {kind.name}")
    HAPPENINGS[kind.name] = kind
    return kind


def on(*kinds: type[Happening], subscriber: str) -> Callable[[Callable[[Sequence[Any]], None]], Handler]:
    """Subscribe a handler. It gets lists of these events in commit order, inside a transaction that also moves its cursor.

    So its writes to the database happen exactly once; what it does outside of it may happen again.
    """

    def register(handle: Handler) -> Handler:
        if subscriber in SUBSCRIPTIONS:
            raise ValueError(f"two subscribers are named {subscriber}")
        SUBSCRIPTIONS[subscriber] = Subscription(subscriber, tuple(kind.name for kind in kinds), handle)
        return handle

    return register


def to_facts(event: Happening) -> dict[str, Any]:
    """Give the event's fields as JSON values: ids and dates as text."""
    return {key: str(value) if isinstance(value, UUID) else value.isoformat() if isinstance(value, date) else value for key, value in asdict(event).items()}


def from_facts(name: str, facts: dict[str, Any]) -> Happening:
    """Make the event again from what `to_facts` gave; unknown fields are left out, missing ones take their default."""
    kind = HAPPENINGS[name]
    hints = typing.get_type_hints(kind)
    known = {field.name: _typed(hints[field.name], facts[field.name]) for field in fields(kind) if field.name in facts}
    return kind(**known)


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    kinds = set(typing.get_args(hint)) or {hint}
    if UUID in kinds:
        return UUID(value)
    if datetime in kinds:
        return datetime.fromisoformat(value)
    if date in kinds:
        return date.fromisoformat(value)
    return value
