"""The consoles' menus: what each account system may open, in the order in which people look for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from sitong.shared.access.viewer import Viewer


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a menu. `permission` empty: everybody of the system sees it."""

    system: str
    address: str
    label: Any
    icon: str
    permission: str = ""


MENU: Sequence[MenuEntry] = (
    MenuEntry("brand", "/brand/", _("Figures"), "chart-bar", "figures.see"),
    MenuEntry("brand", "/brand/orders/", _("Orders"), "receipt", "orders.see"),
    MenuEntry("brand", "/brand/products/", _("Products"), "package", "goods.see"),
    MenuEntry("brand", "/brand/prices/", _("Prices"), "tag", "goods.see"),
    MenuEntry("brand", "/brand/stock/", _("Stock"), "building-warehouse", "stock.see"),
    MenuEntry("brand", "/brand/members/", _("Members"), "users", "member.see"),
    MenuEntry("brand", "/brand/dealers/", _("Dealers"), "sitemap", "org.see"),
    MenuEntry("brand", "/brand/stores/", _("Stores"), "building-store", "org.see"),
    MenuEntry("brand", "/brand/staff/", _("Staff"), "id-badge-2", "staff.change"),
    MenuEntry("brand", "/brand/wechat/", _("WeChat apps"), "message", "org.change"),
    MenuEntry("brand", "/brand/events/", _("Events"), "activity", "events.change"),
    MenuEntry("brand", "/brand/webhooks/", _("Webhooks"), "webhook", "events.change"),
    MenuEntry("brand", "/brand/audit/", _("Change log"), "history", "audit.see"),
    MenuEntry("dealer", "/dealer/", _("Figures"), "chart-bar", "figures.see"),
    MenuEntry("dealer", "/dealer/orders/", _("Orders"), "receipt", "orders.see"),
    MenuEntry("dealer", "/dealer/products/", _("Products"), "package", "goods.see"),
    MenuEntry("dealer", "/dealer/stock/", _("Stock"), "building-warehouse", "stock.see"),
    MenuEntry("dealer", "/dealer/dealers/", _("Dealers"), "sitemap", "org.see"),
    MenuEntry("dealer", "/dealer/stores/", _("Stores"), "building-store", "org.see"),
    MenuEntry("dealer", "/dealer/staff/", _("Staff"), "id-badge-2", "staff.change"),
    MenuEntry("store", "/store/", _("Today"), "home", "orders.see"),
    MenuEntry("store", "/store/orders/", _("Orders"), "receipt", "orders.see"),
    MenuEntry("store", "/store/shelf/", _("Shelf"), "tags", "shelf.change"),
    MenuEntry("store", "/store/stock/", _("Stock"), "box", "stock.see"),
    MenuEntry("store", "/store/figures/", _("Figures"), "chart-bar", "figures.see"),
    MenuEntry("store", "/store/settings/", _("Store"), "building-store", "store.change"),
)


def menu_of(viewer: Viewer) -> list[MenuEntry]:
    """Give the entries that the viewer's roles carry and that lead to a page that is there."""
    return [
        entry
        for entry in MENU
        if entry.system == viewer.system
        and leads_somewhere(entry.address)
        and (not entry.permission or viewer.may(entry.permission))
    ]


@lru_cache(maxsize=200)
def leads_somewhere(address: str) -> bool:
    """Tell whether the address is one of the platform's."""
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


def entry_open(entries: Sequence[MenuEntry], address: str) -> MenuEntry | None:
    """Give the entry to which the page at `address` belongs: the longest that begins it."""
    inside = [entry for entry in entries if address.startswith(entry.address)]
    return max(inside, key=lambda entry: len(entry.address), default=None)
