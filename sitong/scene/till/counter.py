"""What a register asks at the counter: what is this thing, who is this member, what does the basket cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from sitong.goods.catalog.queries import ShelfItem, by_barcode, on_sale, search_shelf, shelf_product, sku_facts
from sitong.goods.catalog.queries.facts import skus_of_products
from sitong.goods.catalog.queries.numbers import products_by_numbers
from sitong.goods.inventory.queries import free_now
from sitong.goods.pricing.queries import price_now
from sitong.member.identity.queries import (
    MemberFacts,
    found_members,
    member_by_code,
    member_by_key,
    member_by_phone,
    member_facts,
)
from sitong.member.points.queries import points_now
from sitong.member.tiers.queries import tiers_of
from sitong.member.tiers.rules import TierNow
from sitong.member.wallet.queries import wallets_now
from sitong.org.stores.queries import StoreFacts
from sitong.scene.cart.queries import Wishes, quote_of
from sitong.scene.cart.rules import LineWanted, Quote
from sitong.scene.till.rules import grams_of_label
from sitong.shared.access.limits import Limit, hold_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

CHANNEL = "pos"
FOUND_MAX = 12
MEMBER_LOOKS = Limit("members looked up at a till", 60, 2)
"""Numbers are not to be tried out: a clerk looks up who stands at the counter."""


@dataclass(frozen=True, slots=True)
class Goods:
    """A thing that a scan or a search found. `quantity`: what one scan stands for; `label_minor`: what the scale printed."""

    sku_id: UUID
    code: str
    name: str
    weighed: bool
    price_minor: int | None
    free: int
    quantity: int = 1
    label_minor: int | None = None


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A member at the counter."""

    member: MemberFacts
    tier: TierNow | None
    points_ready: int
    points_pending: int
    wallet_minor: int
    wallet_gift_minor: int


def scanned(store: StoreFacts, number: str, *, at: datetime) -> list[Goods]:
    """Give what a scanned or typed number stands for: a barcode, a scale's label, a code of a SKU or product. May be several.

    A scale's label names goods and a price; it stands for the grams that cost no more than that. NotFound for nobody's.
    """
    found = by_barcode(store.brand_id, number)
    if found is not None:
        sku_ids, units, label = [found.sku_id], found.units, found.price_minor
    else:
        product_id = products_by_numbers(store.brand_id, [number]).get(number)
        skus = skus_of_products([product_id]).get(product_id, []) if product_id else []
        sku_ids, units, label = [one.id for one in skus if not one.withdrawn], 1, None
    goods = _goods(store, sku_ids, units, label, at=at)
    exact = [one for one in goods if one.code == number]
    if not goods:
        raise NotFound(what="goods", number=number[:40])
    return exact or goods


def searched(store: StoreFacts, words: str, *, at: datetime) -> list[Goods]:
    """Give what the words find on the store's shelf, best first; each SKU of a product with several."""
    page = search_shelf(store, words, channel=CHANNEL, at=at, limit=FOUND_MAX)
    items: list[ShelfItem] = []
    for item in page.items:
        items += shelf_product(store, item.product_id, channel=CHANNEL, at=at) if item.skus > 1 else [item]
    facts = sku_facts([item.sku_id for item in items[:FOUND_MAX]])
    return [
        Goods(item.sku_id, facts[item.sku_id].code, _name(facts[item.sku_id]), item.weighed, item.price_minor, item.free)
        for item in items[:FOUND_MAX] if item.sku_id in facts
    ]  # fmt: skip


def _goods(store: StoreFacts, sku_ids: Sequence[UUID], units: int, label: int | None, *, at: datetime) -> list[Goods]:
    there = on_sale([(store.id, sku_id) for sku_id in sku_ids], with_unshelved=True)
    sku_ids = [sku_id for sku_id in sku_ids if (store.id, sku_id) in there]
    facts = sku_facts(sku_ids)
    prices = price_now(sku_ids, channel=CHANNEL, store_kind=store.kind, store_id=store.id, at=at) if sku_ids else {}
    free = free_now([(store.id, sku_id) for sku_id in sku_ids])
    goods = []
    for sku_id in sku_ids:
        price = prices.get(sku_id)
        minor = price.amount_minor if price is not None else None
        grams = grams_of_label(label, minor) if label and minor else 0
        sku = facts[sku_id]
        goods.append(
            Goods(
                sku_id,
                sku.code,
                _name(sku),
                sku.weighed,
                minor,
                free.get((store.id, sku_id), 0),
                grams or units,
                label if grams else None,
            )
        )
    return goods


def _name(sku: object) -> str:
    english = (get_language() or "").startswith("en")
    name = (english and getattr(sku, "name_en", "")) or getattr(sku, "name", "")  # type: ignore[arg-type]
    variant = (english and getattr(sku, "variant_en", "")) or getattr(sku, "variant", "")  # type: ignore[arg-type]
    return f"{name} {variant}".strip()


def member_at_counter(viewer: Viewer, brand_id: UUID, text: str, *, at: datetime) -> MemberCard:
    """Give the member whose shown code, whole phone, card or number was scanned or typed, of whatever store. NotFound for nobody.

    Whoever stands at the counter shows who it is, so each store serves each of the brand's members; names and phones stay
    masked, and one account may not try numbers out: shared.too_many.
    """
    hold_to(MEMBER_LOOKS, str(viewer.account_id), now=at)
    text = text.strip()
    found = (
        member_by_code(brand_id, text, at=at) or member_by_phone(brand_id, text) or member_by_key(brand_id, "card", text)
    )  # fmt: skip
    if found is None and (row := found_members(viewer, text, at=at).values_list("id", flat=True)[:1] if text else ()):
        found = member_facts([row[0]]).get(row[0])
    if found is None:
        raise NotFound(what="member")
    return card_of(found, at=at)


def card_of(member: MemberFacts, *, at: datetime) -> MemberCard:
    """Give a member's tier, points and wallet as they stand."""
    points = points_now([member.id])[member.id]
    wallet = wallets_now([member.id]).get(member.id)
    return MemberCard(
        member, tiers_of([member.id], at=at).get(member.id), points.ready, points.pending,
        wallet.principal_minor if wallet else 0, wallet.gift_minor if wallet else 0,
    )  # fmt: skip


def basket_quote(
    store: StoreFacts, lines: Sequence[LineWanted], *, member_id: UUID | None, coupons: Sequence[UUID] | None,
    points: int | None, at: datetime,
) -> Quote:  # fmt: skip
    """Say what a basket costs at the counter. `coupons` None: the best combination; `points` None: as many as may be spent."""
    wishes = Wishes(member_id, tuple(coupons or ()), coupons is None, points)
    return quote_of(lines, brand_id=store.brand_id, store_id=store.id, channel=CHANNEL, at=at, wishes=wishes)
