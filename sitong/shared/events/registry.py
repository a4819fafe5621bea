"""What can be announced and who listens."""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Literal, TypeVar
from uuid import UUID

import orjson


@dataclass(frozen=True, slots=True)
class Happening:
    """Base of every event: a frozen dataclass of ids, integers, codes and dates, named "<word>.<past tense>".

    Changed only by adding fields with a default, since old events are read again.
    """

    name: ClassVar[str] = ""
    brand_id: UUID


@dataclass(frozen=True, slots=True)
class Announced:
    """One row of the outbox as the reader gives it: position, envelope, and the facts as JSON text."""

    transaction: int
    seq: int
    id: UUID
    brand_id: UUID | None
    name: str
    at: datetime
    facts: str


H = TypeVar("H", bound=Happening)
Handler = Callable[[Sequence[Any]], None]
Start = Literal["beginning", "now"]
BATCH = 1000

HAPPENINGS: dict[str, type[Happening]] = {}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A named reader of some events (`names` empty: of all). Its cursor has this name; renaming it starts it anew.

    `start` says where a new cursor stands: at the oldest event that is kept, or behind all that has happened.
    `as_rows` handlers get `Announced` rows, the others get their happenings; at most `batch` at once.
    """

    subscriber: str
    names: tuple[str, ...]
    handle: Handler
    start: Start = "beginning"
    as_rows: bool = False
    batch: int = BATCH

    def hand(self, events: Sequence[Announced]) -> None:
        """Call the handler with these events in the form that it wants."""
        self.handle(events if self.as_rows else [from_facts(event.name, orjson.loads(event.facts)) for event in events])


SUBSCRIPTIONS: dict[str, Subscription] = {}


def happening(kind: type[H]) -> type[H]:
    """Register an event class under its name, so that its rows can be read back."""
    if kind.name in HAPPENINGS and HAPPENINGS[kind.name].__qualname__ != kind.__qualname__:
        raise ValueError(f"two events are named {kind.name}")
    HAPPENINGS[kind.name] = kind
    return kind


def on(
    *kinds: type[Happening], subscriber: str, start: Start = "beginning", batch: int = BATCH
) -> Callable[[Handler], Handler]:
    """Subscribe a handler. It gets lists of these events in commit order, inside a transaction that also moves its cursor.

    So its writes to the database happen exactly once; what it does outside of it may happen again. A handler to which one
    event means much work asks for a smaller `batch`, because a long transaction delays every subscriber.
    """
    names = tuple(kind.name for kind in kinds)
    return _register(lambda handle: Subscription(subscriber, names, handle, start, batch=batch))


def on_rows(
    *kinds: type[Happening], subscriber: str, start: Start = "beginning", batch: int = BATCH
) -> Callable[[Handler], Handler]:
    """Subscribe a handler to these events as `on` does; it gets `Announced` rows, which say when each happened."""
    names = tuple(kind.name for kind in kinds)
    return _register(lambda handle: Subscription(subscriber, names, handle, start, as_rows=True, batch=batch))


def on_everything(*, subscriber: str, start: Start = "beginning", batch: int = BATCH) -> Callable[[Handler], Handler]:
    """Subscribe a handler to every event there is; it gets `Announced` rows."""
    return _register(lambda handle: Subscription(subscriber, (), handle, start, as_rows=True, batch=batch))


def _register(make: Callable[[Handler], Subscription]) -> Callable[[Handler], Handler]:
    def register(handle: Handler) -> Handler:
        subscription = make(handle)
        if subscription.subscriber in SUBSCRIPTIONS:
            raise ValueError(f"two subscribers are named {subscription.subscriber}")
        SUBSCRIPTIONS[subscription.subscriber] = subscription
        return handle

    return register


def to_facts(event: Happening) -> dict[str, Any]:
    """Give the event's fields as JSON values: ids and dates as text."""
    facts: dict[str, Any] = orjson.loads(orjson.dumps(event))
    return facts


def from_facts(name: str, facts: dict[str, Any]) -> Happening:
    """Make the event again from what `to_facts` gave; unknown fields are left out, missing ones take their default."""
    kind = HAPPENINGS[name]
    return kind(**{
        field: read(facts[field]) if read and facts[field] is not None else facts[field]
        for field, read in _readers(name)
        if field in facts
    })  # fmt: skip


@cache
def _readers(name: str) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """For each field of the named event, what makes its value from JSON; None when JSON's own value is it."""
    kind = HAPPENINGS[name]
    hints = typing.get_type_hints(kind)
    return tuple((field.name, _reader(hints[field.name])) for field in fields(kind))


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    kinds = set(typing.get_args(hint)) or {hint}
    if typing.get_origin(hint) is tuple:
        return (lambda values: tuple(map(UUID, values))) if UUID in kinds else tuple
    if UUID in kinds:
        return UUID
    if datetime in kinds:
        return datetime.fromisoformat
    return date.fromisoformat if date in kinds else None
