"""What an order says of itself on pages."""

from __future__ import annotations

from sitong.scene.cart.queries import reason_sentence
from sitong.scene.orders.queries import OrderView


def reasons_said(one: OrderView) -> dict[int, list[str]]:
    """Give why each line costs less, by its position, in the active language."""
    return {
        line.position: [reason_sentence(reason, one.currency) for reason in line.reasons if "saved_minor" in reason]
        for line in one.lines
    }
