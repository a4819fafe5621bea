"""Load the demo brand: `sitong demo load`. May be interrupted at any time and run again; what is there stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from sitong.console.demo import (
    ads,
    boards,
    campaigns,
    cards,
    checkin,
    codes,
    consents,
    coupons,
    deals,
    diversion,
    draws,
    gifts,
    goods,
    history,
    identity,
    lake,
    messages,
    people,
    places,
    promotions,
    rollout,
    scans,
    segments,
    tiers,
    wallet,
)
from sitong.console.demo.accounts import BRAND_CODE, open_accounts
from sitong.console.demo.files import made_id, made_number, sales, weeks_moved
from sitong.console.demo.journeys import WEEKS, open_journey, purchases
from sitong.console.demo.provider import open_merchant, open_wechat
from sitong.console.demo.welcome import WINDOWS
from sitong.goods.catalog.actions import (
    OfferPlace,
    add_categories,
    add_products,
    adopt_products,
    offer_products,
    shelve_products,
)
from sitong.goods.inventory.actions import LocationWanted, ReceiptLine, ReceiptWanted, open_locations, receive_stock
from sitong.goods.pricing.actions import PriceWanted, set_prices
from sitong.insight.metrics.queries import IMPORTED_SUBSCRIBER, SUBSCRIBER
from sitong.member.identity.actions import MemberWanted, join_members
from sitong.org.brands.actions import EntityWanted, found_brand, register_entities
from sitong.org.dealers.actions import appoint_dealers
from sitong.org.stores.actions import open_stores
from sitong.scene.orders.actions import record_imported_orders
from sitong.shared.access.scope import every_brand
from sitong.shared.clock import now as present
from sitong.shared.errors import Refused
from sitong.shared.events.reader import drain

ZONE = "Asia/Shanghai"
PIECE = 4_000


class Progress(Protocol):
    """The part of rich's Progress that is used."""

    def add_task(self, description: str, *, total: float | None = None) -> Any:
        """Start a bar."""
        ...

    def update(self, task_id: Any, *, advance: float | None = None, completed: float | None = None) -> None:
        """Move a bar on."""
        ...


@dataclass
class Load:
    """One load: what is read once, and where each step tells how far it is."""

    progress: Progress
    now: datetime
    sold: pa.Table
    brand_id: UUID = field(default_factory=lambda: made_id("brand", BRAND_CODE))
    moved: timedelta = timedelta()

    def __post_init__(self) -> None:
        by_store = self.sold.group_by("store_id").aggregate([("basket_id", "count_distinct")]).sort_by(
            [("basket_id_count_distinct", "descending"), ("store_id", "ascending")])  # fmt: skip
        self.stores: list[int] = by_store["store_id"].to_pylist()
        self.products = goods.products(self.sold)

    def told(self, description: str, items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
        """Give the items in pieces and move the step's bar on with each."""
        task = self.progress.add_task(description, total=len(items))
        for start in range(0, len(items), size):
            yield items[start : start + size]
            self.progress.update(task, advance=len(items[start : start + size]))


def load(progress: Progress) -> None:
    """Bring in the whole data set through the platform's actions, step by step; each step skips what is there.

    What does not need each other goes side by side, since one waits for the database while the other makes rows. Run it
    within `every_brand()`. Raises FilesMissing without the package, RuntimeError when an action refuses.
    """
    task = progress.add_task(_("Reading the files"), total=1)
    one = Load(progress, present(), sales())
    progress.update(task, advance=1)
    _org(one)
    _accounts(one)
    _side_by_side(one, (_members, _catalog), (_history,))
    _side_by_side(one, (_prices, _shelves, _stock, _ads), (_figures, _coupons, _codes), (_standings, _check_in))
    _promotions(one)
    _journeys(one)
    _scans(one)
    _watch(one)
    _identity(one)
    _lake(one)
    _segments(one)
    _boards(one)


def _side_by_side(one: Load, *rows: Sequence[Callable[[Load], None]]) -> None:
    """Run each row of steps in a thread with its own connection; when one fails, the others end their step's pieces first."""
    language = get_language()

    def go(steps: Sequence[Callable[[Load], None]]) -> None:
        try:
            with every_brand(), override(language):
                for step in steps:
                    step(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(rows)) as threads:
        for done in [threads.submit(go, steps) for steps in rows]:
            done.result()


def _org(one: Load) -> None:
    brand = found_brand(
        code=BRAND_CODE, name="四通优选", name_en="Sitong Select", zone=ZONE, by=None, now=one.now, id=one.brand_id
    )
    one.moved = weeks_moved(brand.created_at)
    dealer_codes = [f"D{sector + 1}{part}" for sector in range(len(places.SECTORS)) for part in ("", "A", "B")]
    entity_ids = {code: made_id("entity", code) for code in ("brand", *dealer_codes)}
    names = {"brand": "四通优选商业有限公司"} | {
        code: f"成都{places.SECTORS[int(code[1]) - 1][0]}{code[2:]}商贸有限公司" for code in dealer_codes
    }
    all_done(
        register_entities(
            [EntityWanted(id=entity_ids[code], brand_id=one.brand_id, name=names[code]) for code in names],
            by=None,
            now=one.now,
        )
    )
    all_done(appoint_dealers(places.dealers(one.brand_id, entity_ids, len(one.stores)), by=None, now=one.now))
    wanted = [places.store(one.brand_id, number, rank, entity_ids) for rank, number in enumerate(one.stores)]
    for piece in one.told(_("Stores"), wanted, 100):
        all_done(open_stores(piece, by=None, now=one.now))
        open_locations(
            [
                LocationWanted(store.id, store.brand_id, "store", store.id, store.name, store.entity_id)
                for store in piece
            ]
        )
    open_merchant(one.brand_id, now=one.now)
    open_wechat(one.brand_id, now=one.now)


def _accounts(one: Load) -> None:
    franchises = (number for rank, number in enumerate(one.stores) if places.kind_of(rank, number) == "franchise")
    franchise = next(franchises, one.stores[-1])
    open_accounts(one.brand_id, one.stores[0], franchise, now=one.now)


def _members(one: Load) -> None:
    first = one.sold.group_by("household_id", use_threads=False).aggregate([("at_us", "min"), ("store_id", "first")])
    sources = ("scan", "store", "friend", "group", "guide", "ad")
    rows = first.sort_by("at_us_min").to_pylist()
    wanted = [
        MemberWanted(id=made_id("member", row["household_id"]), brand_id=one.brand_id, phone=people.phone(row["household_id"]),
                     name=people.name(row["household_id"]), source=sources[made_number("source", row["household_id"], len(sources))],
                     home_store_id=made_id("store", row["store_id_first"]))
        for row in rows
    ]  # fmt: skip
    came = [min(one.now, history.instant(row["at_us_min"], one.moved, ZONE)) for row in rows]
    days = groupby(zip(wanted, came, strict=True), key=lambda each: each[1].date())
    for (day,) in one.told(_("Members"), [list(day) for _on, day in days], 1):  # each came with its first purchase
        all_done(join_members([member for member, _at in day], now=day[0][1]))


def _catalog(one: Load) -> None:
    all_done(add_categories(goods.categories(one.brand_id, one.products), by=None, now=one.now))
    for piece in one.told(_("Products"), list(goods.catalog(one.brand_id, one.products)), PIECE):
        all_done(add_products(piece, by=None, now=one.now))
    shelvable = [product.product_id for product in one.products if product.shelvable]
    all_done(offer_products(shelvable, [OfferPlace("brand", one.brand_id)], by=None, now=one.now))


def _prices(one: Load) -> None:
    sold = [product for product in one.products if product.price_minor]
    wanted = [
        PriceWanted(sku_id=product.sku_id, amount_minor=product.price_minor, id=made_id("price", product.number))
        for product in sold
    ]
    popular = sorted((product for product in sold if product.shelvable), key=lambda product: -product.lines)
    wanted += [
        PriceWanted(sku_id=product.sku_id, amount_minor=max(1, product.price_minor * (70 + made_number("promotion", product.number, 20)) // 100),
                    price_list="promotion", ends_at=one.now + timedelta(days=90), id=made_id("promotion", product.number))
        for product in popular[:1200:6] if product.price_minor > 50
    ]  # fmt: skip
    wanted += [
        PriceWanted(sku_id=product.sku_id, amount_minor=max(1, product.price_minor * 9 // 10), quantity_from=3, id=made_id("step", product.number))
        for product in popular[2:1200:9] if product.price_minor > 50
    ]  # fmt: skip
    for piece in one.told(_("Prices"), wanted, PIECE):
        all_done(set_prices(piece, by=None, now=one.now))


def _shelves(one: Load) -> None:
    ranges = goods.ranges(one.sold, one.products, one.stores)
    for [number] in one.told(_("Shelves"), one.stores, 1):
        store_id, products = (
            made_id("store", number),
            [made_id("product", product) for product in sorted(ranges[number])],
        )
        all_done(adopt_products(store_id, products, by=None, now=one.now))
        all_done(shelve_products(store_id, products, by=None, now=one.now))


def _stock(one: Load) -> None:
    ranges, by_number = (
        goods.ranges(one.sold, one.products, one.stores),
        {product.number: product for product in one.products},
    )
    today = one.now.date()

    def line(store: int, number: int, lines: int) -> ReceiptLine:
        fresh = goods.FRESH_DAYS.get(by_number[number].department)
        expires_on = today + timedelta(days=fresh + made_number("expiry", (store, number), 30)) if fresh else None
        lot = f"L{made_number('lot', (store, number), 10**6):06d}" if fresh else ""
        return ReceiptLine(sku_id=by_number[number].sku_id, quantity=6 + 4 * lines, lot=lot, expires_on=expires_on)

    for piece in one.told(_("Stock"), one.stores, 10):
        receipts = [ReceiptWanted(id=made_id("opening", store), location_id=made_id("store", store), note=_("Opening stock"),
                                  lines=tuple(line(store, number, lines) for number, lines in sorted(ranges[store].items())))
                    for store in piece]  # fmt: skip
        all_done(receive_stock(receipts, by=None, now=one.now), repeats_may_differ=True)


def _history(one: Load) -> None:
    names = {
        product.product_id: wanted.name
        for product, wanted in zip(one.products, goods.catalog(one.brand_id, one.products), strict=True)
    }
    by_number = {product.number: names[product.product_id] for product in one.products}
    baskets = pc.count_distinct(one.sold["basket_id"]).as_py()
    task = one.progress.add_task(_("Orders of the year"), total=baskets)
    for piece in history.pieces(history.orders(one.sold, by_number, one.moved, ZONE), PIECE):
        record_imported_orders(piece, brand_id=one.brand_id, source=history.SOURCE, now=one.now)
        one.progress.update(task, advance=len(piece))


def _figures(one: Load) -> None:
    task = one.progress.add_task(_("Figures"), total=1)
    drain(SUBSCRIBER, IMPORTED_SUBSCRIBER)
    one.progress.update(task, advance=1)


def _standings(one: Load) -> None:
    numbers = pc.unique(one.sold["household_id"]).to_pylist()
    task = one.progress.add_task(_("Tiers and points"), total=1)
    tiers.publish_plans(one.brand_id, now=one.now)
    wallet.offer_plans(one.brand_id, now=one.now)
    consents.ask_for_consent(one.brand_id, now=one.now)
    buyers = [made_id("member", number) for number in numbers[: cards.BUYERS]]
    cards.open_cards(one.brand_id, buyers, [made_id("store", number) for number in one.stores[:2]], now=one.now)
    members = [(number, made_id("member", number)) for number in numbers]
    all_done(tiers.bring_standings(one.brand_id, members, now=one.now), repeats_may_differ=True)
    draws.open_draws(one.brand_id, [member_id for _, member_id in members], now=one.now)
    one.progress.update(task, advance=1)


def _check_in(one: Load) -> None:
    task = one.progress.add_task(_("Check-in"), total=1)
    regulars = [
        made_id("member", number) for number in pc.unique(one.sold["household_id"]).to_pylist()[: checkin.COMERS]
    ]
    checkin.open_check_in(one.brand_id, made_id("store", one.stores[0]), regulars, now=one.now)
    one.progress.update(task, advance=1)


def _ads(one: Load) -> None:
    task = one.progress.add_task(_("Ads near stores"), total=1)
    ads.open_ads(one.brand_id, [made_id("store", number) for number in one.stores[:3]], now=one.now)
    one.progress.update(task, advance=1)


def _coupons(one: Load) -> None:
    task = one.progress.add_task(_("Campaigns and coupons"), total=2)
    told = campaigns.Campaigns(one.sold, one.brand_id, one.moved, one.now, ZoneInfo(ZONE))
    campaigns.load_campaigns(told, now=one.now)
    one.progress.update(task, advance=1)
    stores = [made_id("store", number) for number in one.stores]
    coupons.open_coupons(one.brand_id, stores, stores[:2], now=one.now)
    households = sorted(pc.unique(one.sold["household_id"]).to_pylist())[: deals.members_needed()]
    together = [made_id("member", number) for number in households]
    deals.open_deals(one.brand_id, together, stores[:2], zone=ZONE, now=one.now)
    gifts.load_gifts(gifts.Giving(one.brand_id, ZONE, together[:40], stores[:1] + stores[-3:]), now=one.now)
    messages.load_messages(one.brand_id, together[:24], now=one.now)
    one.progress.update(task, advance=1)


def _codes(one: Load) -> None:
    task = one.progress.add_task(_("Codes of goods"), total=1)
    coffee = max(
        (product for product in one.products if product.category == "COFFEE"), key=lambda product: product.lines
    )
    dealers, stores = (
        [made_id("dealer", code) for code in ("D1", "D2")],
        [made_id("store", int(code)) for code in WINDOWS],
    )
    codes.ship_coded_goods(one.brand_id, coffee.sku_id, dealers, stores, now=one.now)
    one.progress.update(task, advance=1)


def _promotions(one: Load) -> None:
    """Promotions take goods that stores have on their shelves: last of all."""
    stores = [made_id("store", number) for number in one.stores]
    promotions.open_promotions(one.brand_id, stores, stores[:2], now=one.now)
    rollout.open_template(one.brand_id, stores[:4], now=one.now)


def _journeys(one: Load) -> None:
    task = one.progress.add_task(_("A journey of twelve weeks"), total=1)
    since = one.now - timedelta(weeks=WEEKS)
    open_journey(one.brand_id, purchases(one.sold, one.moved, ZONE, since=since), now=one.now)
    one.progress.update(task, advance=1)


def _scans(one: Load) -> None:
    task = one.progress.add_task(_("Scan rewards"), total=1)
    members = [made_id("member", number) for number in pc.unique(one.sold["household_id"]).to_pylist()[:200]]
    scans.open_scans(one.brand_id, [made_id("store", int(code)) for code in WINDOWS], members, now=one.now)
    one.progress.update(task, advance=1)


def _watch(one: Load) -> None:
    task = one.progress.add_task(_("Scans and alerts"), total=1)
    formula = [product for product in one.products if product.category == "INFANT FORMULA"] or one.products
    watched = max(formula, key=lambda product: product.lines)
    members = [made_id("member", number) for number in pc.unique(one.sold["household_id"]).to_pylist()]
    diversion.watch_goods(one.brand_id, watched.sku_id, members, zone=ZONE, now=one.now)
    one.progress.update(task, advance=1)


def _identity(one: Load) -> None:
    task = one.progress.add_task(_("Old customers"), total=1)
    identity.import_old_customers(one.brand_id, pc.unique(one.sold["household_id"]).to_pylist(), now=one.now)
    one.progress.update(task, advance=1)


def _lake(one: Load) -> None:
    task = one.progress.add_task(_("The lake"), total=1)
    lake.fill_lake(one.brand_id, now=one.now)
    one.progress.update(task, advance=1)


def _segments(one: Load) -> None:
    task = one.progress.add_task(_("Segments"), total=1)
    segments.install_segments(one.brand_id, now=one.now)
    one.progress.update(task, advance=1)


def all_done(outcomes: Iterable[Any], *, repeats_may_differ: bool = False) -> None:
    """Raise when an action refused something: the demo's facts are fixed, so a refusal is a bug."""
    for outcome in outcomes:
        if isinstance(outcome, Refused) and not (repeats_may_differ and outcome.code == "shared.repeat_differs"):
            raise RuntimeError(f"the demo was refused something: {outcome}")


def _boards(one: Load) -> None:
    task = one.progress.add_task(_("Boards"), total=1)
    boards.fill_boards(one.brand_id, zone=ZONE, now=one.now)
    one.progress.update(task, advance=1)
