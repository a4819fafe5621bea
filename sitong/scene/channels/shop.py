"""A visit to a store's mini shop: which store, whose visit, and the frame of its pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from sitong.org.brands.queries import BrandFacts, brand_by_code
from sitong.org.stores.queries import StoreFacts, store_by_code
from sitong.org.stores.rules import is_open
from sitong.shared.access.gates import sign_in_address, viewer_in
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import business_date, now

CHANNEL = "mini_shop"
KEPT_S = 5.0
KEPT_MAX = 20_000

View = Callable[..., HttpResponse]
_kept: dict[tuple[str, str], tuple[float, StoreFacts, BrandFacts]] = {}


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looks at a store's mini shop. `viewer` is set when a member of this very brand is signed in."""

    store: StoreFacts
    brand: BrandFacts
    at: datetime
    viewer: Viewer | None = None

    @property
    def member_id(self) -> UUID | None:
        return self.viewer.member_id if self.viewer else None

    @property
    def home(self) -> str:
        """Address of the shop's home page; the others begin with it."""
        return f"/s/{self.brand.code}/{self.store.code}/"

    @property
    def currency(self) -> str:
        return self.brand.currency

    @property
    def color(self) -> str:
        """The theme's color as six hexadecimal digits, empty for the platform's own."""
        return str(self.store.theme.get("color", "")).removeprefix("#")

    @property
    def open_now(self) -> bool:
        return is_open(self.store.hours, at=self.at, zone=self.store.zone)

    @property
    def hours_today(self) -> list[str]:
        """Today's periods as 09:00–21:30; empty on a day off and where no hours are known."""
        weekday = str(business_date(self.at, self.store.zone).isoweekday())
        return [f"{start}–{end}" for start, end in self.store.hours.get(weekday, ())]

    @property
    def takes_orders(self) -> bool:
        """Tell whether the store lets online orders take its stock, to be fetched or brought."""
        return self.store.online_takes_stock and (self.store.pickup or self.store.delivery)


def known_store(brand_code: str, store_code: str) -> tuple[StoreFacts, BrandFacts] | None:
    """Give the store behind an address. A process keeps it for five seconds: what a store changes is seen that much later."""
    key, moment = (brand_code, store_code), time.monotonic()
    kept = _kept.get(key)
    if kept and moment - kept[0] < KEPT_S:
        return kept[1], kept[2]
    store, brand = store_by_code(brand_code, store_code), brand_by_code(brand_code)
    if store is None or brand is None:
        return None
    if len(_kept) > KEPT_MAX:
        _kept.clear()
    _kept[key] = (moment, store, brand)
    return store, brand


def forget_stores() -> None:
    """Let the next visit read its store anew."""
    _kept.clear()


def visit_of(request: HttpRequest, brand_code: str, store_code: str) -> Visit:
    """Give the visit of a request; no such store: 404. Who is signed in elsewhere visits as a stranger."""
    found = known_store(brand_code, store_code)
    if found is None:
        raise Http404
    store, brand = found
    viewer = viewer_in(request, brand.id)
    return Visit(store, brand, now(), viewer if viewer and viewer.member_id else None)


def shop_page(view: View) -> View:
    """Give the view its Visit instead of the two codes, and show it the rows of the store's brand alone."""

    @wraps(view)
    def visited(request: HttpRequest, brand_code: str, store_code: str, **rest: Any) -> HttpResponse:
        shop = visit_of(request, brand_code, store_code)
        with brands_shown([shop.brand.id]):
            return view(request, shop, **rest)

    return visited


def for_members(view: View) -> View:
    """Lead strangers to the sign-in page and back; stands below `shop_page`."""

    @wraps(view)
    def signed_in(request: HttpRequest, shop: Visit, **rest: Any) -> HttpResponse:
        if shop.viewer is None:
            return HttpResponseRedirect(sign_in_address(request, "consumer"))
        return view(request, shop, **rest)

    return signed_in
