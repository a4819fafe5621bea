"""Gifts in members' hands as deciding needs them; under lock by `actions.redeem`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sitong.marketing.gifts.queries.terms import COLUMNS as GIFT_COLUMNS
from sitong.marketing.gifts.queries.terms import terms_of_row
from sitong.marketing.gifts.redeeming import GiftNow
from sitong.marketing.gifts.signing import read_shown
from sitong.shared.statements import run, texts, uuids

COLUMNS = f"""SELECT c.id, c.brand_id, c.member_id, c.code, c.state, c.turn, c.given_at, c.valid_from, c.valid_until, {GIFT_COLUMNS}"""
OF_CLAIM = 9
BY_CODE = f"{COLUMNS} FROM marketing_giftclaim AS c JOIN marketing_gift AS k ON k.id = c.gift_id WHERE c.brand_id = %s AND c.code = %s"
IDS = """
SELECT w.brand_id, w.code, c.id FROM unnest(%s::uuid[], %s::text[]) AS w(brand_id, code)
JOIN marketing_giftclaim AS c ON c.brand_id = w.brand_id AND c.code = w.code
"""


def gift_by_code(brand_id: UUID, typed: str) -> GiftNow | None:
    """Give the gift that was scanned or typed, however; None when there is none in the brand."""
    shown = read_shown(typed)
    rows = run(BY_CODE, [brand_id, shown.code]) if shown else []
    return gift_of_row(rows[0]) if rows else None


def gift_ids_by_code(codes: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """Give the ids of gifts in members' hands by brand and own code. A code never changes its gift."""
    pairs = sorted({pair for pair in codes if pair[1]})
    rows = run(IDS, [uuids([pair[0] for pair in pairs]), texts([pair[1] for pair in pairs])]) if pairs else []
    return {(row[0], row[1]): row[2] for row in rows}


def gift_of_row(row: tuple[Any, ...]) -> GiftNow:
    """Make a gift in a member's hands of a row of `COLUMNS`."""
    return GiftNow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], terms_of_row(row[OF_CLAIM:]))
