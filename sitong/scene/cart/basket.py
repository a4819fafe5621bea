"""The cart as pages see it: a member's in the database, a stranger's in a signed cookie until sign-in."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from sitong.goods.catalog.queries import on_sale
from sitong.scene.cart.actions import CartFull, CartKey, change_cart, put_in_cart
from sitong.scene.cart.queries import cart_lines
from sitong.scene.cart.rules import GRAMS_MAX, PIECES_MAX, LineWanted, NotOnShelf, QuantityLimit
from sitong.scene.channels.shop import Visit
from sitong.shared.errors import Refused

COOKIE, COUNT_COOKIE = "st_basket", "st_cart"
STRANGER_LINES_MAX = 40  # a cookie holds 4,096 bytes
KEPT_S = 30 * 24 * 3600


class Basket:
    """What the visitor wants in this store. `keep` writes the cookies into the answer."""

    def __init__(self, request: HttpRequest, shop: Visit) -> None:
        self.shop = shop
        self._secure = request.is_secure()
        self._carried = _read(request)
        if shop.member_id is not None:
            self._key = CartKey(shop.brand.id, shop.member_id, shop.store.id)
            self._bring_in()

    @property
    def lines(self) -> list[LineWanted]:
        """What is in the cart, in the order in which it came."""
        if self.shop.member_id is not None:
            return cart_lines(self.shop.member_id, self.shop.store.id)
        return [LineWanted(sku_id, quantity) for sku_id, quantity in self._carried.items()]

    def add(self, sku_id: UUID, quantity: int) -> int:
        """Add to what is there of a SKU and give how much that makes. Refuses like `put_in_cart`."""
        if self.shop.member_id is not None:
            return put_in_cart(self._key, sku_id, quantity=quantity, now=self.shop.at)
        return self._carry(sku_id, self._carried.get(sku_id, 0) + quantity)

    def set(self, sku_id: UUID, quantity: int) -> int:
        """Let the cart hold exactly so much of a SKU; none takes it out. Refuses like `change_cart`."""
        if self.shop.member_id is not None:
            return change_cart(self._key, sku_id, quantity=quantity, now=self.shop.at)
        if quantity <= 0:
            self._carried.pop(sku_id, None)
            return 0
        return self._carry(sku_id, quantity)

    def keep(self, response: HttpResponse) -> HttpResponse:
        """Write the number on the cart and, for a stranger, the cart itself; a member's cookie has been brought in and goes."""
        path, count = self.shop.home, len(self.lines)
        response.set_cookie(COUNT_COOKIE, str(count), path=path, max_age=KEPT_S, samesite="Lax", secure=self._secure)
        if self.shop.member_id is not None or not self._carried:
            response.delete_cookie(COOKIE, path=path, samesite="Lax")
        else:
            response.set_signed_cookie(
                COOKIE,
                _written(self._carried),
                path=path,
                max_age=KEPT_S,
                httponly=True,
                samesite="Lax",
                secure=self._secure,
            )
        return response

    def _bring_in(self) -> None:
        for sku_id, quantity in self._carried.items():
            try:
                put_in_cart(self._key, sku_id, quantity=quantity, now=self.shop.at)
            except Refused:
                continue  # it is not sold any more, or the cart is full of it: the cart's page shows what is there
        self._carried = {}

    def _carry(self, sku_id: UUID, quantity: int) -> int:
        sku = on_sale([(self.shop.store.id, sku_id)]).get((self.shop.store.id, sku_id))
        if sku is None:
            raise NotOnShelf(sku_id=sku_id)
        most = GRAMS_MAX if sku.weighed else PIECES_MAX
        if quantity > most:
            raise QuantityLimit(sku_id=sku_id, most=most, wanted=quantity)
        if sku_id not in self._carried and len(self._carried) >= STRANGER_LINES_MAX:
            raise CartFull(most=STRANGER_LINES_MAX)
        self._carried[sku_id] = quantity
        return quantity


def _written(lines: dict[UUID, int]) -> str:
    return ".".join(
        f"{base64.urlsafe_b64encode(sku_id.bytes).decode().rstrip('=')}~{quantity}"
        for sku_id, quantity in lines.items()
    )


def _read(request: HttpRequest) -> dict[UUID, int]:
    raw = request.get_signed_cookie(COOKIE, default="", max_age=KEPT_S)
    try:
        return dict(_read_line(part) for part in str(raw).split(".") if part)
    except (ValueError, binascii.Error):
        return {}


def _read_line(part: str) -> tuple[UUID, int]:
    letters, _, quantity = part.partition("~")
    return UUID(bytes=base64.urlsafe_b64decode(letters + "==")), int(quantity)
