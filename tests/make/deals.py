"""Group deals, their groups and draws, made through the actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.deals.actions import DealWanted, DrawWanted, JoinWanted, define_deals, join_groups, publish_deal
from sitong.scene.deal_sales.actions import KIND, confirm_deal_payments
from sitong.scene.payments.actions import MerchantWanted, PaymentWanted, open_merchants, open_payments
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.shared.ids import new_id
from tests.make.marketing import a_coupon
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, done
from tests.make.scene import _keys


def a_merchant(brand: Any, *, now: datetime = NOW) -> None:
    """An account with the provider into which the brand is paid."""
    keys = _keys()
    open_merchants([MerchantWanted(
        brand.id, None, keys.merchant_number, keys.app_id, keys.serial, keys.merchant_private, keys.api_key, keys.provider_key_id,
        keys.provider_public,
    )], now=now)  # fmt: skip


def a_deal_coupon(brand: Any, *, now: datetime = NOW, **fields: Any):
    """A coupon worth 100, which only group deals give."""
    return a_coupon(
        brand, now=now, ways=("campaign",), **{"value_minor": 10_000, "valid_until": now + timedelta(days=60), **fields}
    )


TODAY = NOW.date()


def a_draw(prize: Any, *, first_on: date = TODAY, **fields: Any) -> DrawWanted:
    """One perfume a day for ten days: the prize is a coupon here."""
    values = {
        "days": 10, "first_on": first_on, "prize": {"kind": "coupon", "amount": 1, "ref_id": str(prize.id)}, "prize_name": "香水一瓶",
        "prize_name_en": "A bottle of perfume", "prize_value_minor": 29_900, "organizer": "四通演示品牌", "conditions": "到店领取奖券者参加", **fields,
    }  # fmt: skip
    return DrawWanted(**values)  # type: ignore[arg-type]


def a_deal(brand: Any = None, *, people: int = 3, now: datetime = NOW, published: bool = True, **fields: Any):
    """A deal that runs for a week: a coupon worth 100 for 10, when so many come together within a day."""
    brand = brand or a_brand(now=now)
    if "sku_id" not in fields and "coupon_id" not in fields:
        fields["coupon_id"] = a_deal_coupon(brand, now=now).id
    values = {
        "id": new_id(), "brand_id": brand.id, "name": "百人拼团", "name_en": "A hundred together", "price_minor": 1_000, "worth_minor": 10_000,
        "people": people, "starts_at": now, "ends_at": now + timedelta(days=7), **fields,
    }  # fmt: skip
    deal = done(define_deals([DealWanted(**values)], by=None, now=now))
    return publish_deal(deal.id, by=None, now=now) if published else deal


def a_join_wanted(deal: Any, member: Any, *, id: UUID | None = None, **fields: Any) -> JoinWanted:
    return JoinWanted(id or new_id(), deal.brand_id, member.id, deal.id, **fields)


def a_place(deal: Any, member: Any = None, *, now: datetime = NOW, **fields: Any):
    """A place in a group: the fullest open one, or a new one."""
    member = member or a_member_of(deal)
    return done(join_groups([a_join_wanted(deal, member, **fields)], now=now))


def a_member_of(deal: Any):
    from sitong.org.brands.queries import brand_facts

    return a_member(brand_facts([deal.brand_id])[deal.brand_id])


def a_deal_payment(place: Any, *, brand_id: UUID, now: datetime = NOW, entity_id: UUID | None = None) -> PaymentAnswer:
    """Open the place's payment and give the provider's word that it was paid."""
    wanted = PaymentWanted(place.id, brand_id, entity_id, place.price_minor, "CNY", place.pay_by, KIND)
    payment = done(open_payments([wanted], now=now))
    return PaymentAnswer(payment.number, Standing.DONE, f"T{payment.number}"[:32], payment.amount_minor, "CNY", now)


def paid(deal: Any, *places: Any, now: datetime = NOW) -> list[Any]:
    """Pay places through the provider, in one piece of news."""
    return confirm_deal_payments([a_deal_payment(one, brand_id=deal.brand_id, now=now) for one in places], now=now)


def a_complete_group(deal: Any, *, now: datetime = NOW) -> list[Any]:
    """As many members as a group needs, all paid."""
    places = [a_place(deal, now=now) for _ in range(deal.people)]
    paid(deal, *places, now=now)
    return places
