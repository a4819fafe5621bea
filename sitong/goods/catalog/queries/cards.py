"""What a shelf says of a SKU besides price and stock: names, picture, variant; remembered for a moment in each process.

A card is at most CARD_FRESH_S old: a renamed product shows its old name that long. Price, stock and whether it is on the
shelf at all are never in it.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import orjson

from sitong.shared.statements import run

CARD_FRESH_S = 15.0
CARDS_MAX = 200_000

CARDS = """
SELECT uuid_send(s.id), p.id, p.code, p.name, p.name_en, coalesce(nullif(p.picture, ''), c.picture, ''), p.role, p.category_id,
       s.id, s.variant, s.variant_en, s.weighed
FROM goods_sku AS s JOIN goods_product AS p ON p.id = s.product_id LEFT JOIN goods_category AS c ON c.id = p.category_id
WHERE s.id = ANY(%(skus)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Card:
    """A SKU as it is shown. `picture` is an address or the name of a drawing."""

    product_id: UUID
    code: str
    name: str
    name_en: str
    picture: str
    role: str
    category_id: UUID | None
    sku_id: UUID
    variant: str
    variant_en: str
    weighed: bool


FIELDS = tuple(Card.__dataclass_fields__)
Remembered = tuple[float, Card, bytes]
_kept: dict[bytes, Remembered] = {}


def cards_of(sku_keys: Collection[bytes]) -> dict[bytes, Remembered]:
    """Give the cards of SKUs by the 16 bytes of their ids, each with its JSON (an object without the closing brace)."""
    now_s = time.monotonic()
    found: dict[bytes, Remembered] = {}
    missing: list[bytes] = []
    for key in sku_keys:
        card = _kept.get(key)
        if card is None or card[0] < now_s:
            missing.append(key)
        else:
            found[key] = card
    if missing:
        found.update(_read(missing, until_s=now_s + CARD_FRESH_S))
    return found


def forget_cards() -> None:
    """Forget what was remembered."""
    _kept.clear()


def _read(keys: list[bytes], *, until_s: float) -> dict[bytes, Remembered]:
    fresh: dict[bytes, Remembered] = {}
    for key, *facts in run(CARDS, {"skus": "{" + ",".join([key.hex() for key in keys]) + "}"}):
        card = Card(*facts)
        fresh[key] = (until_s, card, orjson.dumps({name: getattr(card, name) for name in FIELDS})[:-1])
    if len(_kept) + len(fresh) > CARDS_MAX:
        _kept.clear()
    _kept.update(fresh)
    return fresh
