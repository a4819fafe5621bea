"""The cart changes only here. It holds no stock and promises no price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.catalog.queries import on_sale
from sitong.scene.cart.models import CartLine
from sitong.scene.cart.rules import GRAMS_MAX, LINES_MAX, PIECES_MAX, NotOnShelf, QuantityLimit
from sitong.shared.errors import Refused
from sitong.shared.statements import integers, run, uuids

SET = """
INSERT INTO scene_cartline (member_id, store_id, sku_id, brand_id, quantity, changed_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (member_id, store_id, sku_id) DO UPDATE SET quantity = excluded.quantity, changed_at = excluded.changed_at
"""

TAKE = """
UPDATE scene_cartline AS c SET quantity = c.quantity - t.quantity FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[])
  AS t(member_id, store_id, sku_id, quantity)
WHERE (c.member_id, c.store_id, c.sku_id) = (t.member_id, t.store_id, t.sku_id) AND c.quantity > t.quantity
"""

TAKE_WHOLE = """
DELETE FROM scene_cartline AS c USING unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[]) AS t(member_id, store_id, sku_id, quantity)
WHERE (c.member_id, c.store_id, c.sku_id) = (t.member_id, t.store_id, t.sku_id) AND c.quantity <= t.quantity
"""

GIVE = """
UPDATE scene_cartline AS c SET member_id = %s::uuid FROM unnest(%s::uuid[], %s::uuid[]) AS g(store_id, sku_id)
WHERE c.member_id = %s::uuid AND (c.store_id, c.sku_id) = (g.store_id, g.sku_id)
"""


class CartFull(Refused):
    """The cart holds as many lines as one order may have."""

    code = "scene.cart_full"


@dataclass(frozen=True, slots=True)
class CartKey:
    """Whose cart, in which store."""

    brand_id: UUID
    member_id: UUID
    store_id: UUID


@dataclass(frozen=True, slots=True)
class Taken:
    """What an order took out of a cart."""

    member_id: UUID
    store_id: UUID
    sku_id: UUID
    quantity: int


def put_in_cart(cart: CartKey, sku_id: UUID, *, quantity: int, now: datetime) -> int:
    """Add to what the cart holds of a SKU and give the new quantity. Refused: scene.not_on_shelf, quantity_limit, cart_full."""
    with transaction.atomic():
        held = _lock(cart)
        return _set(cart, sku_id, held.get(sku_id, 0) + quantity, held, now=now)


def change_cart(cart: CartKey, sku_id: UUID, *, quantity: int, now: datetime) -> int:
    """Let the cart hold exactly so many of a SKU and give the quantity; none takes the line out. Refuses like `put_in_cart`."""
    with transaction.atomic():
        if quantity <= 0:
            remove_from_cart(cart, [sku_id])
            return 0
        return _set(cart, sku_id, quantity, _lock(cart), now=now)


def remove_from_cart(cart: CartKey, sku_ids: Sequence[UUID]) -> None:
    """Take lines out of the cart. What is not in there is no error."""
    CartLine.objects.filter(member_id=cart.member_id, store_id=cart.store_id, sku_id__in=list(sku_ids)).delete()


def clear_cart(cart: CartKey) -> None:
    """Empty the cart."""
    CartLine.objects.filter(member_id=cart.member_id, store_id=cart.store_id).delete()


def take_from_carts(taken: Sequence[Taken]) -> None:
    """Take what was ordered out of the carts, any number of them. Two statements."""
    if not taken:
        return
    columns = [
        uuids([one.member_id for one in taken]), uuids([one.store_id for one in taken]),
        uuids([one.sku_id for one in taken]), integers([one.quantity for one in taken]),
    ]  # fmt: skip
    with transaction.atomic():
        run(TAKE_WHOLE, columns)  # first: a lowered line must not be taken whole
        run(TAKE, columns)


def move_carts(absorbed_id: UUID, *, to: UUID) -> list[UUID]:
    """Give one member's cart lines to another, but for what the other's carts hold already; give ids made of store and SKU."""
    with transaction.atomic():
        lines = _lines_of(absorbed_id)
        held = _lines_of(to)
        moved = {key: line for key, line in lines.items() if key not in held}
        _give(moved, of=absorbed_id, to=to)
    return sorted(moved)


def move_carts_back(line_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these cart lines back, as far as they are still there and the other's carts do not hold the same."""
    with transaction.atomic():
        lines, held = _lines_of(of), _lines_of(to)
        _give({key: lines[key] for key in line_ids if key in lines and key not in held}, of=of, to=to)


def _lines_of(member_id: UUID) -> dict[UUID, tuple[UUID, UUID]]:
    """Lock a member's lines in all stores; give (store_id, sku_id) by an id made of the two."""
    lines = CartLine.objects.select_for_update().filter(member_id=member_id).order_by("store_id", "sku_id")
    return {
        uuid5(store_id, sku_id.hex): (store_id, sku_id) for store_id, sku_id in lines.values_list("store_id", "sku_id")
    }


def _give(lines: Mapping[UUID, tuple[UUID, UUID]], *, of: UUID, to: UUID) -> None:
    stores, skus = uuids([store_id for store_id, _ in lines.values()]), uuids([sku_id for _, sku_id in lines.values()])
    if lines:
        run(GIVE, [to, stores, skus, of])


def _lock(cart: CartKey) -> dict[UUID, int]:
    lines = (
        CartLine.objects.select_for_update().filter(member_id=cart.member_id, store_id=cart.store_id).order_by("sku_id")
    )
    return dict(lines.values_list("sku_id", "quantity"))


def _set(cart: CartKey, sku_id: UUID, quantity: int, held: dict[UUID, int], *, now: datetime) -> int:
    sku = on_sale([(cart.store_id, sku_id)]).get((cart.store_id, sku_id))
    if sku is None:
        raise NotOnShelf(sku_id=sku_id)
    most = GRAMS_MAX if sku.weighed else PIECES_MAX
    if quantity > most:
        raise QuantityLimit(sku_id=sku_id, most=most, wanted=quantity)
    if sku_id not in held and len(held) >= LINES_MAX:
        raise CartFull(most=LINES_MAX)
    run(SET, [cart.member_id, cart.store_id, sku_id, cart.brand_id, quantity, now])
    return quantity
