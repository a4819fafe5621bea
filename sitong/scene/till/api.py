"""Tills over HTTP: registers, shifts, what a register asks, sales (hot), parked baskets, receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import orjson
from django.http import HttpResponse
from ninja import Query, Router, Status

from sitong.goods.inventory.queries import free_now
from sitong.marketing.coupons.stacking_said import reason_said
from sitong.marketing.promotions.said import WORTH_SAYING, rule_said, why_said
from sitong.member.identity.queries import MemberFacts, member_facts
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.scene.cart.queries import reason_sentence
from sitong.scene.cart.rules import LineWanted, Quote
from sitong.scene.channels.queries import shops
from sitong.scene.till import schemas
from sitong.scene.till.actions.parked import ParkWanted, fetch_parked, park_sale
from sitong.scene.till.actions.prints import note_printed
from sitong.scene.till.actions.sell import Sold, sell
from sitong.scene.till.counter import MemberCard, basket_quote, card_of, member_at_counter, scanned, searched
from sitong.scene.till.drawer_api import router as drawers
from sitong.scene.till.models import ParkedSale, Sale
from sitong.scene.till.paying import give_up, look_at, pay_by_code
from sitong.scene.till.printing import receipt_bytes
from sitong.scene.till.queries import parked_at, parked_visible_to, register_for, sales_visible_to
from sitong.scene.till.receipts import Receipt, receipt_of
from sitong.scene.till.rules import SaleWanted, TenderWanted, quick_amounts
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.batch.answers import Malformed
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused, sentence

router = Router(tags=["till"])
router.add_router("", drawers)


def _sell_batch(wanted: Sequence[tuple[SaleWanted, Viewer]]) -> list[Sold | Refused]:
    """Sell what the viewers may sell; where a role reaches a store from above, the tree is asked."""
    allowed = [may_sell(viewer, one.store_id) for one, viewer in wanted]
    made = iter(sell([one for (one, _), yes in zip(wanted, allowed, strict=True) if yes], now=clock_now()))
    return [next(made) if yes else NotFound(what="store") for yes in allowed]


def may_sell(viewer: Viewer, store_id: UUID) -> bool:
    """Tell whether the viewer may sell in a store. A clerk's own store costs no query."""
    if store_id in viewer.place_ids("store", "till.sell"):
        return True
    return stores_visible_to(viewer, "till.sell").filter(id=store_id).exists()


SELLING: Lanes[tuple[SaleWanted, Viewer], Sold] = Lanes("sell", _sell_batch, key=lambda item: item[0].store_id.int)


def _wanted(sale: schemas.SaleIn, viewer: Viewer) -> SaleWanted:
    viewer.require("till.sell")
    if viewer.brand_id is None:
        raise NotFound(what="store")
    return SaleWanted(
        sale.id, viewer.brand_id, sale.store_id, sale.register_id, tuple([LineWanted(one.sku_id, one.quantity) for one in sale.lines]),
        sale.expected_total_minor, tuple([TenderWanted(one.kind, one.amount_minor, one.given_minor) for one in sale.tenders]),
        sale.member_id, tuple(sale.coupon_claim_ids), sale.best_coupons, sale.points, sale.promise, viewer.account_id,
    )  # fmt: skip


def _read_sale(call: HotCall) -> tuple[SaleWanted, Viewer]:
    assert call.viewer is not None
    return _wanted(schemas.SaleIn.model_validate_json(call.body), call.viewer), call.viewer


def _sale(one: Sold | Sale) -> dict[str, object]:
    shown = {name: getattr(one, name) for name in schemas.SaleOut.model_fields if name != "change_minor"}
    return {**shown, "change_minor": one.given_minor - one.cash_minor}


def _show_sale(one: Sold) -> bytes:
    return orjson.dumps(_sale(one))


HOT = [HotRoute("POST", "/api/v1/till/sales", lane=SELLING, parse=_read_sale, render=_show_sale, status=201)]


@router.post("/till/sales", response={201: schemas.SaleOut}, auth=API_AUTH, summary="Sell at a register")
def sell_one(request: ViewerRequest, sale: schemas.SaleIn) -> Status[dict[str, object]]:
    """Place, pay, settle and hand over in one transaction. With a part by code the sale waits for …/pay. The same id again gets
    the same sale."""
    (outcome,) = _sell_batch([(_wanted(sale, request.viewer), request.viewer)])
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, _sale(outcome))


@router.get("/till/sales", response=list[schemas.SaleOut], auth=API_AUTH, summary="List a store's sales")
def list_sales(
    request: ViewerRequest, store_id: UUID, number: int | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[dict[str, object]]:
    """The latest first; of one receipt number at each register, when it is given."""
    rows = sales_visible_to(_seller(request)).filter(store_id=_store(request, store_id).id)
    if number is not None:
        rows = rows.filter(number=number)
    return [_sale(one) for one in rows[:limit]]


@router.get("/till/sales/{sale_id}", response=schemas.SaleOut, auth=API_AUTH, summary="Show a sale")
def show_sale(request: ViewerRequest, sale_id: UUID) -> dict[str, object]:
    """How a sale stands: also what became of one whose answer was lost on the way."""
    return _sale(_one(request, sale_id))


@router.post(
    "/till/sales/{sale_id}/pay", response=schemas.SaleOut, auth=API_AUTH, summary="Take the code part of a sale"
)
def pay_sale(request: ViewerRequest, sale_id: UUID, code: schemas.TillCodeIn) -> dict[str, object]:
    """Take the part that is paid by the code of the customer's WeChat. `paying`: the customer confirms on the phone; look again."""
    return _sale(pay_by_code(_one(request, sale_id).id, code.auth_code, now=clock_now()))


@router.post(
    "/till/sales/{sale_id}/look", response=schemas.SaleOut, auth=API_AUTH, summary="Look whether a sale is paid"
)
def look_at_sale(request: ViewerRequest, sale_id: UUID) -> dict[str, object]:
    """Ask the provider, and finish the sale if it is paid."""
    return _sale(look_at(_one(request, sale_id).id, now=clock_now()))


@router.post("/till/sales/{sale_id}/give-up", response=schemas.SaleOut, auth=API_AUTH, summary="Give a waiting sale up")
def give_sale_up(request: ViewerRequest, sale_id: UUID) -> dict[str, object]:
    """Nothing is sold; goods are free again, and what was paid goes back: cash by the clerk, the rest by itself."""
    return _sale(give_up(_one(request, sale_id).id, by=request.viewer.account_id, now=clock_now()))


@router.get("/till/sales/{sale_id}/receipt", response=schemas.ReceiptOut, auth=API_AUTH, summary="Show a receipt")
def show_receipt(request: ViewerRequest, sale_id: UUID) -> dict[str, object]:
    """What stands on the receipt of a sold sale, in the caller's language."""
    one = _receipt(request, sale_id)
    shown = {
        name: getattr(one, name)
        for name in schemas.ReceiptOut.model_fields
        if name not in ("copies", "lines", "register_name")
    }
    return {**shown, "copies": one.copy, "register_name": one.register, "lines": [asdict(line) for line in one.lines]}


@router.get("/till/sales/{sale_id}/receipt.bin", auth=API_AUTH, summary="Give a receipt's bytes for a printer")
def print_receipt(
    request: ViewerRequest, sale_id: UUID, width: schemas.Width = None, kick: bool = False
) -> HttpResponse:
    """ESC/POS for 58 or 80 mm paper (the register's own when not said), Chinese in GB18030; `kick` opens the drawer first."""
    sale = _one(request, sale_id)
    made = receipt_bytes(receipt_of(sale), width_mm=width or sale.register.paper_mm, kick=kick and sale.register.drawer)
    return HttpResponse(made, content_type="application/octet-stream")


@router.post(
    "/till/sales/{sale_id}/printed", response={204: None}, auth=API_AUTH, summary="Say that a receipt was printed"
)
def receipt_printed(request: ViewerRequest, sale_id: UUID) -> Status[None]:
    """Every print after this one says that it is a copy."""
    note_printed(_one(request, sale_id).id)
    return Status(204, None)


@router.get("/till/goods", response=list[schemas.GoodsOut], auth=API_AUTH, summary="Find goods by number or words")
def find_goods(request: ViewerRequest, store_id: UUID, number: str = "", words: str = "") -> list[dict[str, object]]:
    """By `number`: a barcode, a scale's label, a code. By `words`: the store's shelf, names and pinyin, best first."""
    store = _store(request, store_id)
    if number:
        return [asdict(one) for one in scanned(store, number.strip()[:64], at=clock_now())]
    return [asdict(one) for one in searched(store, words[:64], at=clock_now())] if words.strip() else []


@router.get("/till/members", response=schemas.MemberOut, auth=API_AUTH, summary="Find the member at the counter")
def find_member(
    request: ViewerRequest, store_id: UUID, q: str = "", member_id: UUID | None = None
) -> dict[str, object]:
    """By the code the member shows, the whole phone, card or number. Masked, with tier, points and wallet as they stand."""
    viewer, store = _seller(request), _store(request, store_id)
    if member_id is not None:
        return _member(card_of(_known(store, member_id), at=clock_now()))
    return _member(member_at_counter(viewer, store.brand_id, q[:64], at=clock_now()))


@router.post(
    "/till/quotes", response=schemas.TillQuoteOut, auth=API_AUTH, summary="Say what a basket costs at the counter"
)
def quote_basket(request: ViewerRequest, wanted: schemas.TillQuoteIn) -> dict[str, object]:
    """Prices, tier, the best coupons (or the chosen ones), points; each explained, with a promise to send with the sale."""
    store = _store(request, wanted.store_id)
    lines = [LineWanted(one.sku_id, one.quantity) for one in wanted.lines]
    quote = basket_quote(
        store, lines, member_id=wanted.member_id, coupons=wanted.coupons, points=wanted.points, at=clock_now()
    )
    return _quote(quote, store)


@router.post("/till/parked", response={201: schemas.ParkedOut}, auth=API_AUTH, summary="Put a basket aside")
def park(request: ViewerRequest, wanted: schemas.ParkIn) -> Status[ParkedSale]:
    """Nothing is held or promised. The same id again gets the same basket."""
    if len(orjson.dumps(wanted.content)) > schemas.PARKED_BYTES_MAX:
        raise Malformed(errors=[{"at": "content", "what": f"more than {schemas.PARKED_BYTES_MAX} bytes"}])
    register = register_for(_seller(request), wanted.register_id)
    one = ParkWanted(wanted.id, register.id, wanted.content, wanted.label, request.viewer.account_id)
    return Status(201, park_sale(one, now=clock_now()))


@router.get("/till/parked", response=list[schemas.ParkedOut], auth=API_AUTH, summary="List the baskets put aside")
def list_parked(request: ViewerRequest, store_id: UUID) -> list[ParkedSale]:
    """A store's, the oldest first."""
    return list(parked_at(_store(request, store_id).id)[:100])


@router.post("/till/parked/{basket_id}/fetch", response=schemas.ParkedOut, auth=API_AUTH, summary="Fetch a basket")
def fetch(request: ViewerRequest, basket_id: UUID, wanted: schemas.FetchIn) -> ParkedSale:
    """At any register of the store, once; the same request again gets it again."""
    if not parked_visible_to(_seller(request)).filter(id=basket_id).exists():
        raise NotFound(what="parked sale")
    return fetch_parked(basket_id, request_id=wanted.request_id, by=request.viewer.account_id, now=clock_now())


def _seller(request: ViewerRequest) -> Viewer:
    request.viewer.require("till.sell")
    return request.viewer


def _store(request: ViewerRequest, store_id: UUID) -> StoreFacts:
    if not may_sell(_seller(request), store_id):
        raise NotFound(what="store")
    return store_facts([store_id])[store_id]


def _one(request: ViewerRequest, sale_id: UUID) -> Sale:
    found = sales_visible_to(_seller(request)).select_related("register").filter(id=sale_id).first()
    if found is None:
        raise NotFound(what="sale")
    return found


def _receipt(request: ViewerRequest, sale_id: UUID) -> Receipt:
    return receipt_of(_one(request, sale_id))


def _known(store: StoreFacts, member_id: UUID) -> MemberFacts:
    found = member_facts([member_id]).get(member_id)
    if found is None or found.brand_id != store.brand_id:
        raise NotFound(what="member")
    return found


def _member(card: MemberCard) -> dict[str, object]:
    member = card.member
    tier = {name: getattr(card.tier, name) for name in schemas.TillTierOut.model_fields} if card.tier else None
    return {
        "id": member.id, "number": member.number, "name": member.masked_name, "phone": member.masked_phone, "tier": tier,
        "points_ready": card.points_ready, "points_pending": card.points_pending, "wallet_minor": card.wallet_minor,
        "wallet_gift_minor": card.wallet_gift_minor,
    }  # fmt: skip


def _quote(quote: Quote, store: StoreFacts) -> dict[str, object]:
    currency = shops([store.id])[store.id].currency
    free = free_now([(store.id, line.sku_id) for line in quote.lines])
    lines = [{
        **{name: getattr(line, name) for name in schemas.TillQuoteLineOut.model_fields if name not in ("reasons", "free")},
        "free": free.get((store.id, line.sku_id), 0),
        "reasons": [{"code": one["code"], "facts": {key: value for key, value in one.items() if key != "code"},
                     "sentence": reason_sentence(one, currency)} for one in line.reasons],
    } for line in quote.lines]  # fmt: skip
    coupons = [{
        "claim_id": one.claim_id, "name": one.name, "name_en": one.name_en, "valid_until": one.valid_until, "saved_minor": one.saved_minor,
        "used": one.reason is None, "reason": one.reason.code if one.reason else "",
        "sentence": reason_said(one.reason, currency=currency, zone=store.zone) if one.reason else "",
    } for one in quote.coupons]  # fmt: skip
    promotions = [{
        "promotion_id": one.promotion.id, "kind": one.promotion.kind, "name": one.promotion.name,
        "name_en": one.promotion.name_en or one.promotion.name, "saved_minor": one.saved_minor, "used": one.reason is None,
        "reason": one.reason.code if one.reason else "",
        "sentence": why_said(one.reason, currency=currency) if one.reason else rule_said(one.promotion, currency=currency),
    } for one in quote.promotions if one.reason is None or one.reason.code in WORTH_SAYING]  # fmt: skip
    return {
        "lines": lines, "promotions": promotions, "coupons": coupons, "currency": currency, "promise": quote.promise,
        "quick_minor": quick_amounts(quote.total_minor),
        "refused": [{"sku_id": sku_id, "code": one.code, "message": sentence(one)} for sku_id, one in quote.refused.items()],
        **{name: getattr(quote, name) for name in (
            "goods_minor", "discount_minor", "promotion_minor", "coupon_minor", "points", "points_minor", "points_most", "points_ready", "total_minor",
        )},
    }  # fmt: skip
