"""Read what return pages send."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sitong.scene.returns.rules import DAMAGED, RESELLABLE, OrderNow, ReturnLineWanted
from sitong.scene.returns.words import REASONS

UNITS_DIGITS_MAX = 9


def lines_of(order: OrderNow, form: Mapping[str, str]) -> tuple[ReturnLineWanted, ...]:
    """Give what comes back: the fields `good_<position>` and `damaged_<position>` above zero."""
    return tuple(
        ReturnLineWanted(position, units, condition)
        for position in sorted(order.lines)
        for name, condition in (("good", RESELLABLE), ("damaged", DAMAGED))
        if (units := whole(form.get(f"{name}_{position}", "")))
    )


def wishes_of_form(order: OrderNow, form: Mapping[str, str]) -> tuple[tuple[int, int], ...]:
    """Give (position, quantity) of what a member wants to send back."""
    return tuple(
        (position, units) for position in sorted(order.lines) if (units := whole(form.get(f"good_{position}", "")))
    )


def reason_of(form: Mapping[str, str]) -> str:
    """Give the reason that was chosen, "other" when none of ours was."""
    reason = form.get("reason", "")
    return reason if reason in REASONS else "other"


def whole(text: str) -> int:
    """Read a whole number that is not negative; 0 for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= UNITS_DIGITS_MAX else 0


def minor_of(text: str, digits: int) -> int | None:
    """Read an amount of money as people type it ("20", "19.5") into minor units; None when it is none."""
    head, _, tail = text.strip().replace(",", ".").partition(".")
    if not (head.isascii() and head.isdigit() and len(head) <= UNITS_DIGITS_MAX) or len(tail) > digits:
        return None
    if tail and not (tail.isascii() and tail.isdigit()):
        return None
    return int(head) * int(10**digits) + int(tail.ljust(digits, "0") or 0)


def uuid_of(text: str) -> UUID | None:
    """Read an id; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
