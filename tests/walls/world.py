"""Two brands side by side. Brand one has two dealers, a store under each, two consumers, and things worth stealing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sitong.goods.catalog.actions import BarcodeWanted, SkuWanted
from sitong.goods.inventory.actions import TransferLine, TransferWanted, transfer_stock
from sitong.goods.models import Price
from sitong.member.sources.actions import SourceWanted, name_sources
from sitong.org.staff.actions import InviteWanted, invite
from sitong.scene.orders.models import Order
from sitong.scene.payments.actions import MerchantWanted, open_merchants
from sitong.scene.payments.demo.keys import DemoKeys
from sitong.scene.payments.models import Merchant, Payment
from sitong.scene.returns.actions import RequestWanted, ReturnLineWanted, ReturnWanted, ask_to_return, return_goods
from sitong.scene.till.actions.parked import ParkWanted, park_sale
from sitong.shared import clock
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.events.actions.endpoints import EndpointWanted, add_endpoint
from sitong.shared.events.models import Event, Parked, WebhookDelivery
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff, viewer_of_account
from tests.make.goods import a_category, a_shelved_product, stocked
from tests.make.member import a_key, a_member, a_note, a_phone, a_tag, a_wording, joined_as_one
from tests.make.org import a_brand, a_code, a_dealer, a_store, done
from tests.make.points import a_points_plan
from tests.make.scene import Selling, a_handed_over_order, a_paid_order
from tests.make.tiers import a_tier_plan
from tests.make.till import a_sale, a_working_register
from tests.walls.world_a_journey import journey_samples
from tests.walls.world_ads import ads_samples
from tests.walls.world_cards import card_samples
from tests.walls.world_checkin import checkin_samples
from tests.walls.world_codes import code_samples
from tests.walls.world_coupons import coupon_samples
from tests.walls.world_deals import deal_samples
from tests.walls.world_diversion import diversion_samples
from tests.walls.world_draws import draw_samples
from tests.walls.world_gifts import gift_samples
from tests.walls.world_imports import import_samples
from tests.walls.world_linking import linking_samples
from tests.walls.world_messages import message_samples
from tests.walls.world_promotions import promotion_samples
from tests.walls.world_rollout import rollout_samples
from tests.walls.world_scans import scan_samples
from tests.walls.world_segments import segment_samples
from tests.walls.world_wallet import wallet_samples

GTIN = "6901234567892"
_keys: list[DemoKeys] = []


@dataclass
class World:
    """Who asks, what is hidden, and the ids of the hidden things by parameter name."""

    rightful: dict[str, Viewer] = field(default_factory=dict)
    strangers: dict[str, Viewer | None] = field(default_factory=dict)
    samples: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    goods: dict[str, str] = field(default_factory=dict)
    brand: Any = None


def a_world() -> World:
    """Build it; ids of brand one's first branch are the samples."""
    now, world = clock.now(), World()
    brand, other = a_brand(name="被窥视的品牌"), a_brand(name="别家品牌")
    east, west = a_dealer(brand, name="东区秘密经销商"), a_dealer(brand, name="西区经销商")
    store, neighbor = a_store(dealer=east, name="东区秘密门店"), a_store(dealer=west, name="西区门店")
    category = a_category(brand.id, name="秘密分类")
    product = a_shelved_product(
        store,
        name="秘密商品",
        category_id=category.id,
        skus=[SkuWanted(a_code("sku"), barcodes=(BarcodeWanted(GTIN),))],
    )
    stocked(neighbor, [(product.sku_id, 9)])
    shipment = TransferWanted(new_id(), neighbor.id, store.id, (TransferLine(product.sku_id, 1),))
    done(transfer_stock([shipment], by=None, now=now))
    account, member = a_consumer(brand, phone="+8613811112222")
    member.name = "赵秘密"
    member.save()
    member.refresh_from_db()
    order = a_paid_order(Selling(store, [product], member), now=now)
    open_merchants([_merchant(brand.id)], now=now)
    a_points_plan(brand, now=now)
    a_tier_plan(brand, now=now)
    manager = a_staff("store", store, name="钱秘密")
    meant = InviteWanted(new_id(), brand.id, "store", (Place("store", store.id, "clerk"),), "李秘密")
    invited, secret = invite(meant, by=viewer_of_account(manager), now=now)
    foreign_dealer = a_dealer(other)
    foreign_store = a_store(dealer=foreign_dealer)
    staff = {
        "owner": a_staff("brand", brand), "dealer": a_staff("dealer", east), "manager": manager,
        "clerk": a_staff("store", store, "clerk", username="secret.clerk", name="孙秘密"),
    }  # fmt: skip
    world.brand = brand
    world.rightful = {name: viewer_of_account(one) for name, one in staff.items()}
    world.rightful["consumer"] = viewer_of_account(account, member)
    world.strangers = {
        "nobody": None,
        "another brand's owner": viewer_of_account(a_staff("brand", other)),
        "another brand's dealer": viewer_of_account(a_staff("dealer", foreign_dealer)),
        "another brand's store": viewer_of_account(a_staff("store", foreign_store)),
        "another brand's consumer": viewer_of_account(*a_consumer(other)),
        "another dealer": viewer_of_account(a_staff("dealer", west)),
        "another store": viewer_of_account(a_staff("store", neighbor)),
        "another consumer": viewer_of_account(*a_consumer(brand)),
    }
    world.hidden = {
        "dealer": east.name, "store": store.name, "member's name": "赵秘密", "member's phone": "13811112222", "order": order.number,
        "manager": "钱秘密", "clerk": "secret.clerk", "webhook": "secret-receiver.example",
    }  # fmt: skip
    world.goods = {"product": "秘密商品", "category": "秘密分类"}
    came_back = a_return_in(store, product, member, now)
    world.samples = {
        **came_back,
        **_till(Selling(store, [product], member)),
        **_events(brand, now),
        **code_samples(brand, east),
        **coupon_samples(brand, store, member),
        **gift_samples(brand, store, member),
        **checkin_samples(brand, store, member),
        **journey_samples(brand, store),
        **ads_samples(brand, store, product),
        **promotion_samples(brand, store),
        **rollout_samples(brand, store),
        **wallet_samples(brand, store, member),
        **diversion_samples(brand, east),
        **deal_samples(brand, member),
        **message_samples(brand, member),
        **scan_samples(brand, member),
        **segment_samples(brand),
        **draw_samples(brand, store, member),
        **import_samples(brand),
        **card_samples(brand, store, member),
        **linking_samples(brand),
        "invite_id": str(invited.id), "secret": secret, "session_id": "1", "app_kind": "mini",
        "id": str(new_id()), "brand_code": brand.code, "store_code": store.code, "brand": brand.code, "store": store.code,
        "dealer_id": str(east.id), "parent_id": None, "entity_id": str(store.entity_id), "store_id": str(store.id),
        "location_id": str(store.id), "account_id": str(staff["clerk"].id), "member_id": str(member.id), "order_id": str(order.id),
        "product_id": str(product.id), "sku_id": str(product.sku_id), "category_id": str(category.id), "place_id": str(store.id),
        "merchant_id": str(Merchant.objects.filter(brand_id=brand.id).order_by("-created_at", "-id").first().id), "document_id": str(order.id),
        "payment_id": str(Payment.objects.filter(brand_id=brand.id).first().id), "request_id": str(new_id()),
        "pickup_code": Order.objects.get(id=order.id).pickup_code, "phone": a_phone(), "username": "somebody.new", "name": "store",
        "number": GTIN, "table": "stores", "price_id": str(Price.objects.filter(sku_id=product.sku_id).first().id), "shipment_id": str(shipment.id),
        "PlaceSaid": {"kind": "store", "id": str(store.id), "role": "manager"},
        "ProductPatch": {"name": "新名"}, "CouponPatch": {"name": "新券名"},
        "to_location_id": str(neighbor.id), "key": str(store.id), "verb": "disable", "color": "0b7a5f", "code": "000000",
        "kind": "store", "role": "clerk", "system": "store",
        **_of_members(brand, member, east),
        "city": "x", "zone": "Asia/Shanghai", "url": "https://example.com/hook", "fence_m": 300, "q": "", "form": "csv", "format": "csv",
    }  # fmt: skip
    return world


def _of_members(brand: Any, member: Any, dealer: Any) -> dict[str, Any]:
    """What belongs to members: a key, a note, a tag, a wording, a source, a join that stands."""
    twin = a_member(brand)
    join = joined_as_one(a_member(brand), twin)
    wording = a_wording(brand, "share", entity_id=dealer.entity_id)
    source = done(
        name_sources([SourceWanted(new_id(), brand.id, "secret-poster", "秘密海报", "ad")], by=None, now=clock.now())
    )
    return {
        "join_id": str(join.id), "key_id": str(a_key(member, "card", "88001234").key_id), "note_id": str(a_note(member, "秘密备注").id),
        "tag_id": str(a_tag(brand, "秘密标签").id), "wording_id": str(wording.id), "source_id": str(source.id),
        "first_id": str(member.id), "second_id": str(join.survivor_id), "survivor_id": str(member.id), "member_ids": str(member.id),
        "purpose": "marketing", "KeyNew": {"id": str(new_id()), "kind": "card", "value": "88005678", "how": "staff"},
    }  # fmt: skip


def a_return_in(store: Any, product: Any, member: Any, now: Any) -> dict[str, str]:
    """Something that came back, and a wish to send something back."""
    selling = Selling(store, [product], member)
    back, asked = a_handed_over_order(selling, now=now), a_handed_over_order(selling, now=now)
    (came,) = return_goods([ReturnWanted(new_id(), back.id, store.id, (ReturnLineWanted(1, 1),))], now=now)
    wish = ask_to_return(RequestWanted(new_id(), asked.id, member.id, ((1, 1),)), now=now)
    return {"return_id": str(came.id), "return_request_id": str(wish.id)}


def _merchant(brand_id: Any) -> MerchantWanted:
    """An account with the payment provider whose keys are real ones, so that a forged notification is judged by them."""
    if not _keys:
        _keys.append(DemoKeys.make())
    keys = _keys[0]
    return MerchantWanted(
        brand_id,
        None,
        keys.merchant_number,
        keys.app_id,
        keys.serial,
        keys.merchant_private,
        keys.api_key,
        keys.provider_key_id,
        keys.provider_public,
    )


def _events(brand: Any, now: Any) -> dict[str, str]:
    """A webhook with a delivery, and an event that was put aside."""
    endpoint = add_endpoint(EndpointWanted(new_id(), brand.id, "https://secret-receiver.example/"), by=None, now=now)
    event = Event.objects.filter(brand_id=brand.id).order_by("seq").first()
    delivery = WebhookDelivery.objects.create(
        brand_id=brand.id, endpoint=endpoint, event=event, next_at=now + timedelta(days=1)
    )
    parked = Parked.objects.create(
        brand_id=brand.id, subscriber="tests.nobody", event=event, error="secret-receiver.example", parked_at=now
    )
    return {"endpoint_id": str(endpoint.id), "delivery_id": str(delivery.id), "parked_id": str(parked.id)}


def _till(selling: Selling) -> dict[str, str]:
    """A register with an open shift, a sale and a basket put aside."""
    register = a_working_register(selling.store, now=clock.now())
    sold = a_sale(selling, register, (0, 1), total_minor=1290, now=clock.now())
    parked = park_sale(ParkWanted(new_id(), register.id, {"lines": []}, "秘密挂单"), now=clock.now())
    return {
        "register_id": str(register.id), "shift_id": str(sold.shift_id), "sale_id": str(sold.id), "basket_id": str(parked.id),
    }  # fmt: skip
