"""The data set's campaigns: 27 of them, their coupons with the goods they hold for, whom they reached, what was redeemed.

The files say neither how much a coupon takes off nor where it was redeemed. Where the household bought one of the coupon's
goods on the day of the redemption with a coupon's discount, that line says both, and the order is known with it. A coupon's
value is the middle one of its redemptions, else of its campaign's type. The files name the households that a campaign
reached, not which coupons each one kept: a household that redeemed none holds one of them, the same at every load.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import median_low
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from sitong.console.demo import history
from sitong.console.demo.files import made_id, made_number, read
from sitong.console.demo.goods import OTHER
from sitong.marketing.coupons.actions.imported import (
    ImportedCampaign,
    ImportedClaim,
    ImportedCoupon,
    ImportedRedemption,
    record_imported_campaigns,
    record_imported_claims,
)
from sitong.marketing.coupons.claiming import CODE_BYTES, make_code
from sitong.scene.orders.actions.imported import ImportedOrder, imported_id

SOURCE = "completejourney"
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times, as the files have them
DAY_S = 86_400
NOON = time(12)
CouponKey = tuple[int, int]  # coupon_upc, campaign_id


@dataclass(frozen=True, slots=True)
class Paid:
    """A line on which a coupon's discount was given: at which store, in which basket, when, how much."""

    product: int
    store: int
    basket: int
    at_us: int
    saved_minor: int


@dataclass(frozen=True, slots=True)
class Redeemed:
    """One redemption of the files, with the line that shows it, if there is one."""

    household: int
    key: CouponKey
    on: date
    turn: int
    paid: Paid | None


@dataclass
class Campaigns:
    """Everything that the files say about campaigns, made ready. `moved` and `ended_at` as the whole year is moved."""

    sold: pa.Table
    brand_id: UUID
    moved: timedelta
    ended_at: datetime
    zone: ZoneInfo

    def __post_init__(self) -> None:
        self.goods: dict[CouponKey, list[int]] = {}
        listed = read("coupons")
        for upc, product, campaign in zip(
            *(listed[name].to_pylist() for name in ("coupon_upc", "product_id", "campaign_id")), strict=True
        ):
            self.goods.setdefault((upc, campaign), []).append(product)
        self.goods = {key: sorted(set(products)) for key, products in sorted(self.goods.items())}
        self.told = {row["campaign_id"]: row for row in read("campaign_descriptions").to_pylist()}
        self.redeemed = list(self._redeemed())
        self.values = self._values()

    def campaigns(self) -> list[ImportedCampaign]:
        """Give the campaigns by their numbers."""
        made = []
        for number, row in sorted(self.told.items()):
            start, end = self._days(number)
            kind = row["campaign_type"].removeprefix("Type ")
            made.append(ImportedCampaign(
                made_id("campaign", number), f"{kind} 类活动 {number}：{start.month}月{start.day}日至{end.month}月{end.day}日",
                f"Type {kind} campaign {number}: {start:%b} {start.day} to {end:%b} {end.day}", kind, start, end,
            ))  # fmt: skip
        return made

    def coupons(self) -> list[ImportedCoupon]:
        """Give the coupons, each a cash coupon for its listed goods."""
        most = Counter((one.key, one.household) for one in self.redeemed)
        per_member: dict[CouponKey, int] = {}
        for (key, _household), count in most.items():
            per_member[key] = max(per_member.get(key, 1), count)
        names = self._names()
        return [
            ImportedCoupon(
                self._coupon_id(key), made_id("campaign", key[1]), f"{key[0]}-{key[1]}", *names[key], self.values[key], per_member.get(key, 1),
                *self._span(key[1]), [made_id("product", product) for product in products],
            )
            for key, products in self.goods.items()
        ]  # fmt: skip

    def claims(self) -> list[ImportedClaim]:
        """Give what members hold: a claim for each redemption, and one for each household that was reached and redeemed nothing."""
        made = [self._claim(one.key, one.household, one.turn) for one in self.redeemed]
        busy = {(one.key[1], one.household) for one in self.redeemed}
        by_campaign: dict[int, list[CouponKey]] = defaultdict(list)
        for key in self.goods:
            by_campaign[key[1]].append(key)
        reached = read("campaigns")
        pairs = sorted(
            set(zip(reached["campaign_id"].to_pylist(), reached["household_id"].to_pylist(), strict=True)) - busy
        )
        for campaign, household in pairs:
            choice = by_campaign[campaign]
            made.append(
                self._claim(choice[made_number("coupon kept", (campaign, household), len(choice))], household, 1)
            )
        return made

    def redemptions(self) -> list[ImportedRedemption]:
        """Give the redemptions: at the line's instant and store and with its order, else at noon of the day, nowhere."""
        return [self._redemption(one) for one in self.redeemed]

    def _redemption(self, one: Redeemed) -> ImportedRedemption:
        store_id = order_id = None
        local = datetime.combine(one.on, NOON) + self.moved
        if one.paid is not None:
            store_id = made_id("store", one.paid.store)
            local = EPOCH + timedelta(microseconds=one.paid.at_us) + self.moved
            order = ImportedOrder(str(one.paid.basket), store_id, None, local.replace(tzinfo=self.zone), ())
            order_id = imported_id(order, brand_id=self.brand_id, source=history.SOURCE)
        claim = self._claim(one.key, one.household, one.turn)
        return ImportedRedemption(
            made_id("redemption", (*one.key, one.household, one.turn)), claim.id, claim.coupon_id, claim.member_id, store_id, order_id,
            one.paid.saved_minor if one.paid else 0, local.replace(tzinfo=self.zone).astimezone(UTC),
        )  # fmt: skip

    def _claim(self, key: CouponKey, household: int, turn: int) -> ImportedClaim:
        named = (*key, household, turn)
        start, end = self._span(key[1])
        claim_id = made_id("claim", named)
        code = make_code(claim_id.bytes[-CODE_BYTES:])
        return ImportedClaim(claim_id, self._coupon_id(key), made_id("member", household), code, start, end)

    def _redeemed(self) -> Iterator[Redeemed]:
        """Pair each redemption with a line of that household, that day and one of the coupon's goods; each line shows one only."""
        lines = self._lines()
        rows = sorted((row["redemption_date"].date(), row["household_id"], row["coupon_upc"], row["campaign_id"])
                      for row in read("coupon_redemptions").to_pylist())  # fmt: skip
        turns: Counter[tuple[CouponKey, int]] = Counter()
        for on, household, upc, campaign in rows:
            key = (upc, campaign)
            turns[key, household] += 1
            there, wanted = lines.get((household, on), []), set(self.goods[key])
            paid = next((line for line in there if line.product in wanted), None)
            if paid is not None:
                there.remove(paid)
            yield Redeemed(household, key, on, turns[key, household], paid)

    def _lines(self) -> dict[tuple[int, date], list[Paid]]:
        saved = pc.add(self.sold["coupon_disc"], self.sold["coupon_match_disc"])
        table = self.sold.append_column("saved", saved).filter(pc.greater(saved, 0))
        columns = ("household_id", "product_id", "store_id", "basket_id", "at_us", "saved")
        found: dict[tuple[int, date], list[Paid]] = defaultdict(list)
        for household, product, store, basket, at_us, minor in zip(
            *(table[name].to_pylist() for name in columns), strict=True
        ):
            on = (EPOCH + timedelta(microseconds=at_us)).date()
            found[household, on].append(Paid(product, store, basket, at_us, minor))
        return found

    def _values(self) -> dict[CouponKey, int]:
        """Give each coupon's value: the middle saving of its own redemptions, else of its type's, else of all."""
        own: dict[CouponKey, list[int]] = defaultdict(list)
        by_type: dict[str, list[int]] = defaultdict(list)
        for one in self.redeemed:
            if one.paid is not None:
                own[one.key].append(one.paid.saved_minor)
                by_type[self.told[one.key[1]]["campaign_type"]].append(one.paid.saved_minor)
        typical = median_low([minor for minors in by_type.values() for minor in minors]) if by_type else 100
        middle = {kind: median_low(minors) for kind, minors in by_type.items()}
        return {
            key: median_low(own[key]) if key in own else middle.get(self.told[key[1]]["campaign_type"], typical)
            for key in self.goods
        }

    def _names(self) -> dict[CouponKey, tuple[str, str]]:
        """Name each coupon by the category of most of its goods."""
        with (Path(__file__).parent / "categories.csv").open(newline="") as table:
            said = {row["category"]: (row["name"], row["name_en"]) for row in csv.DictReader(table)}
        listed = read("products", ["product_id", "product_category"])
        category = dict(zip(listed["product_id"].to_pylist(), listed["product_category"].to_pylist(), strict=True))
        names = {}
        for key, products in self.goods.items():
            (most, count), *_rest = Counter(category.get(product) for product in products).most_common(1)
            name, name_en = said.get(most or "", OTHER) if 2 * count > len(products) else ("多品类", "Mixed goods")
            names[key] = (f"{name}优惠券", f"{name_en} coupon")
        return names

    def _days(self, campaign: int) -> tuple[date, date]:
        row = self.told[campaign]
        return (row["start_date"] + self.moved).date(), (row["end_date"] + self.moved).date()

    def _span(self, campaign: int) -> tuple[datetime, datetime]:
        """Give the campaign's instants: from its first day's midnight to its last one's end, or to the load, if that is sooner."""
        first, last = self._days(campaign)
        start = datetime.combine(first, time.min, tzinfo=self.zone).astimezone(UTC)
        end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=self.zone).astimezone(UTC)
        return start, min(end, max(self.ended_at, start + timedelta(seconds=DAY_S)))

    def _coupon_id(self, key: CouponKey) -> UUID:
        return made_id("coupon", key)


def load_campaigns(told: Campaigns, *, now: datetime) -> None:
    """Bring them in; what is there stays."""
    record_imported_campaigns(told.campaigns(), told.coupons(), brand_id=told.brand_id, source=SOURCE, now=now)
    record_imported_claims(told.claims(), told.redemptions(), brand_id=told.brand_id, source=SOURCE)
