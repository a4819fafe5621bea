"""Whatever coupons, points and tiers do in whatever sequence: no negative total, parts that add up, books that agree."""

import random
from datetime import timedelta
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.goods.pricing.rules import PriceCandidate
from sitong.marketing.models import CouponClaim
from sitong.member.points.queries import points_now
from sitong.member.points.rules import PointsPlan
from sitong.member.tiers.rules import TierNow
from sitong.scene.cart.benefits import forget_plans
from sitong.scene.cart.discounts import Goods, situation_of, with_coupons, with_points
from sitong.scene.cart.rules import LineWanted, Place, quote
from sitong.scene.models import Order, OrderLine
from sitong.scene.orders.actions import CancelWanted, cancel_orders, confirm_payments, expire_orders, place_orders
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.laws.test_orders_laws import NOW, each_example_alone
from tests.laws.test_stacking import AT, BRAND, STORE, random_cart
from tests.make.marketing import a_claim, a_coupon
from tests.make.points import a_points_plan, some_points
from tests.make.scene import a_payment_answer, a_selling_store
from tests.make.tiers import a_tier_plan

__all__ = ["each_example_alone"]
COUPONS = (
    {"value_minor": 500}, {"value_minor": 2000, "stacking": "exclusive"}, {"kind": "percent", "value_minor": 0, "percent_bp": 1500, "stacking": "free"},
    {"value_minor": 300, "threshold_minor": 2500, "stacking": "free"}, {"value_minor": 100, "terms": {"first_order": True}, "stacking": "free"},
)  # fmt: skip
POINTS = 400
LAWFUL = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

verbs = st.lists(
    st.tuples(st.sampled_from(["place", "place", "pay", "cancel", "expire"]), st.lists(st.integers(0, 4), max_size=3, unique=True),
              st.integers(1, 3), st.sampled_from([0, 0, 1, 99, 250])), max_size=10,
)  # fmt: skip


def a_store_with_benefits():
    """A store, and a member with five coupons and 400 points; the brand has tiers."""
    selling = a_selling_store(prices=(1290, 250), stock=30)
    brand = SimpleNamespace(id=selling.store.brand_id)
    a_points_plan(brand, spend_step=1)
    a_tier_plan(brand)
    forget_plans()
    some_points(selling.member, POINTS)
    return selling, [a_claim(a_coupon(brand, **fields), selling.member).id for fields in COUPONS]


@LAWFUL
@given(story=verbs)
def test_any_sequence_with_coupons_and_points_keeps_the_books(each_example_alone, story):
    def example() -> None:
        selling, claims = a_store_with_benefits()
        orders, clock = [], NOW
        for verb, which, quantity, points in story:
            clock += timedelta(minutes=4)
            some = [orders[at % len(orders)] for at in which] if orders else []
            if verb == "place":
                ids = tuple(claims[at] for at in which)
                wanted = [
                    selling.wanted((0, quantity), (1, 1), coupon_claim_ids=ids, points=points),
                    selling.wanted((1, quantity), best_coupons=True, points=points),
                ]
                orders += [one for one in place_orders(wanted, now=clock) if not isinstance(one, Refused)]
            elif verb == "pay":
                open_ = [one for one in some if one.total_minor and Order.objects.get(id=one.id).state == "placed"]
                confirm_payments([a_payment_answer(selling, one, now=clock) for one in open_], now=clock)
            elif verb == "cancel":
                cancel_orders([CancelWanted(one.id, new_id()) for one in some], now=clock)
            else:
                expire_orders(now=clock)
        assert check_books() == []
        _parts_agree(selling, claims)

    each_example_alone(example)


def _parts_agree(selling, claims) -> None:
    standing = Order.objects.filter(state__in=["placed", "paid", "handed_over"])
    for line in OrderLine.objects.all():
        assert line.total_minor >= 0
        assert line.coupon_minor + line.points_minor <= line.discount_minor
    spent = sum(standing.values_list("points_spent", flat=True))
    assert points_now([selling.member.id])[selling.member.id].ready == POINTS - spent
    used = {
        reason["claim_id"] for line in OrderLine.objects.filter(order__in=standing) for reason in line.reasons if reason["code"] == "coupon"
    }  # fmt: skip
    redeemed = CouponClaim.objects.filter(id__in=claims, state="redeemed").values_list("id", flat=True)
    assert {str(claim_id) for claim_id in redeemed} == used


baskets = st.lists(
    st.tuples(st.integers(1, 4), st.lists(st.integers(0, 4), max_size=2, unique=True), st.sampled_from([0, 30, 250]), st.booleans()),
    min_size=1, max_size=6,
)  # fmt: skip


@LAWFUL
@given(baskets=baskets)
def test_a_batch_with_benefits_gives_what_its_orders_give_one_by_one(each_example_alone, baskets):
    def example() -> None:
        outcomes = []
        for in_one_batch in (True, False):
            selling, claims = a_store_with_benefits()
            wanted = [
                selling.wanted(
                    (0, quantity), points=points, best_coupons=best, coupon_claim_ids=() if best else tuple(claims[at] for at in which)
                )
                for quantity, which, points, best in baskets
            ]  # fmt: skip
            got = place_orders(wanted, now=NOW) if in_one_batch else [place_orders([one], now=NOW)[0] for one in wanted]
            outcomes.append([getattr(one, "code", None) or one.total_minor for one in got])
        assert outcomes[0] == outcomes[1]

    each_example_alone(example)


SHOP = SimpleNamespace(id=STORE, kind="direct", zone="Asia/Shanghai")
PLAN = st.tuples(st.integers(1, 50), st.integers(1, 100), st.integers(0, 10_000))


@given(
    seed=st.integers(0, 2**31),
    discount_bp=st.integers(0, 10_000),
    plan=PLAN,
    ready=st.integers(0, 10**6),
    wanted=st.none() | st.integers(0, 10**6),
)
def test_every_quote_adds_up_and_never_goes_below_zero(seed, discount_bp, plan, ready, wanted):
    chance = random.Random(seed)
    stacked, claims = random_cart(chance)
    names = {line.sku_id: SimpleNamespace(name="x", variant="", weighed=False, shelved=True) for line in stacked}
    prices = {line.sku_id: [PriceCandidate(new_id(), line.sku_id, line.amount_minor, AT)] for line in stacked}
    if chance.random() < 0.5:
        first = stacked[0].sku_id
        prices[first].append(PriceCandidate(new_id(), first, chance.randrange(2_000), AT, tier="gold"))
    tier = TierNow("gold", 3, "金卡", "Gold", discount_bp)
    lines = [LineWanted(line.sku_id, line.quantity) for line in stacked]
    place, there = Place(STORE, "direct", "mini_shop"), {(STORE, sku_id): name for sku_id, name in names.items()}
    plain = quote(lines, place=place, on_sale=there, prices=prices, at=AT)
    quoted = quote(lines, place=place, on_sale=there, prices=prices, at=AT, tier=tier)
    assert quoted.total_minor <= plain.total_minor
    goods = {line.sku_id: Goods(line.product_id, line.category_ids) for line in stacked}
    quoted = with_coupons(quoted, claims, goods, situation_of(SHOP, "mini_shop", at=AT))
    points_plan = PointsPlan(BRAND, 1, 1, plan[0], spend_step=plan[1], spend_share_bp=plan[2])
    quoted = with_points(quoted, points_plan, ready, wanted=wanted)
    assert 0 <= quoted.points <= min(ready, ready if wanted is None else wanted)
    assert quoted.points % plan[1] == 0
    assert quoted.points_minor == quoted.points * plan[0]
    for part in ("goods_minor", "discount_minor", "coupon_minor", "points_minor", "total_minor"):
        assert getattr(quoted, part) == sum(getattr(line, part) for line in quoted.lines)
    for line in quoted.lines:
        said = sum(int(reason.get("saved_minor", 0)) for reason in line.reasons)
        assert line.total_minor == line.goods_minor - line.discount_minor >= 0
        assert line.discount_minor == said
    assert quoted.coupon_minor == sum(one.saved_minor for one in quoted.coupons)
