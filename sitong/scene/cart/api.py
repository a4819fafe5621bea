"""Carts and quotes over HTTP."""

from __future__ import annotations

from uuid import UUID

from ninja import Router, Status

from sitong.scene.cart.actions import CartKey, change_cart, clear_cart
from sitong.scene.cart.queries import quote_of, quote_of_cart, reason_sentence
from sitong.scene.cart.rules import LineWanted, Quote, QuoteLine
from sitong.scene.cart.schemas import KeptOut, PutIn, QuoteIn, QuoteOut
from sitong.scene.channels.queries import shops
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, sentence

router = Router(tags=["cart"])


@router.post("/quotes", response=QuoteOut, auth=API_AUTH, summary="Say what lines cost")
def quote_lines(request: ViewerRequest, wanted: QuoteIn) -> dict[str, object]:
    """The one price calculation: what these lines would cost in this store and channel now, and why."""
    viewer: Viewer = request.viewer
    if viewer.brand_id is None:
        raise NotFound(what="store")
    lines = [LineWanted(line.sku_id, line.quantity) for line in wanted.lines]
    quote = quote_of(lines, brand_id=viewer.brand_id, store_id=wanted.store_id, channel=wanted.channel, at=clock_now())
    return _shown(quote, wanted.store_id)


@router.get("/carts/{store_id}", response=QuoteOut, auth=API_AUTH, summary="Show one's cart")
def show_cart(request: ViewerRequest, store_id: UUID) -> dict[str, object]:
    """One's own cart in a store, quoted."""
    return _quoted(_cart(request.viewer, store_id))


@router.put("/carts/{store_id}/lines/{sku_id}", response=KeptOut, auth=API_AUTH, summary="Put something in one's cart")
def put_line(request: ViewerRequest, store_id: UUID, sku_id: UUID, wanted: PutIn) -> dict[str, object]:
    """Let the cart hold exactly so many; the same again changes nothing."""
    return {
        "sku_id": sku_id,
        "quantity": change_cart(_cart(request.viewer, store_id), sku_id, quantity=wanted.quantity, now=clock_now()),
    }


@router.delete("/carts/{store_id}", response={204: None}, auth=API_AUTH, summary="Empty one's cart")
def empty_cart(request: ViewerRequest, store_id: UUID) -> Status[None]:
    """Take everything out."""
    clear_cart(_cart(request.viewer, store_id))
    return Status(204, None)


def _cart(viewer: Viewer, store_id: UUID) -> CartKey:
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    shop = shops([store_id]).get(store_id)
    if shop is None or shop.closed or shop.brand_id != viewer.brand_id:
        raise NotFound(what="store")
    return CartKey(viewer.brand_id, viewer.member_id, store_id)


def _quoted(cart: CartKey) -> dict[str, object]:
    return _shown(
        quote_of_cart(cart.member_id, brand_id=cart.brand_id, store_id=cart.store_id, at=clock_now()), cart.store_id
    )


def _shown(quote: Quote, store_id: UUID) -> dict[str, object]:
    currency = shops([store_id])[store_id].currency
    return {
        "store_id": store_id, "currency": currency, "goods_minor": quote.goods_minor, "discount_minor": quote.discount_minor,
        "total_minor": quote.total_minor, "lines": [_line(line, currency) for line in quote.lines],
        "refused": [{"sku_id": sku_id, "code": refused.code, "message": sentence(refused)} for sku_id, refused in quote.refused.items()],
    }  # fmt: skip


def _line(line: QuoteLine, currency: str) -> dict[str, object]:
    shown = {name: getattr(line, name) for name in QuoteLine.__dataclass_fields__ if name != "reasons"}
    shown["reasons"] = [
        {"code": reason["code"], "facts": {key: value for key, value in reason.items() if key != "code"}, "sentence": reason_sentence(reason, currency)}
        for reason in line.reasons
    ]  # fmt: skip
    return shown
