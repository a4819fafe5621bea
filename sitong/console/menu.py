"""The consoles' menus: what each account system may open, in the order in which people look for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from sitong.shared.access.viewer import Viewer


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a menu. `permission` empty: everybody of the system sees it. `section` heads the lines from here on.

    `tab`: it stands in the bar at the foot of the clerk's phone; the store's other lines stand on its page "More".
    """

    system: str
    address: str
    label: Any
    icon: str
    permission: str = ""
    section: Any = ""
    tab: bool = False


MENU: Sequence[MenuEntry] = (
    MenuEntry("brand", "/brand/", _("Figures"), "chart-bar", "figures.see"),
    MenuEntry("brand", "/brand/boards/", _("Growth"), "trending-up", "figures.see"),
    MenuEntry("brand", "/brand/orders/", _("Orders"), "receipt", "orders.see", _("Sales")),
    MenuEntry("brand", "/brand/returns/", _("Returns"), "repeat", "orders.see"),
    MenuEntry("brand", "/brand/payments/", _("Payments"), "credit-card", "orders.see"),
    MenuEntry("brand", "/brand/payouts/", _("Cash rewards"), "cash", "orders.see"),
    MenuEntry("brand", "/brand/members/", _("Members"), "users", "member.see", _("Members")),
    MenuEntry("brand", "/brand/members/imports/", _("Imported files"), "file-export", "member.change"),
    MenuEntry("brand", "/brand/segments/", _("Segments"), "filter", "member.see"),
    MenuEntry("brand", "/brand/identity/", _("Who is who"), "friends", "member.change"),
    MenuEntry("brand", "/brand/tiers/", _("Tiers"), "star", "member.see"),
    MenuEntry("brand", "/brand/points/", _("Points"), "coin", "member.see"),
    MenuEntry("brand", "/brand/wallet/", _("Wallet"), "cash", "member.see"),
    MenuEntry("brand", "/brand/cards/", _("Visit cards"), "ticket", "member.see"),
    MenuEntry("brand", "/brand/sources/", _("Sources"), "trending-up", "member.see"),
    MenuEntry("brand", "/brand/coupons/", _("Coupons"), "ticket", "coupon.see", _("Marketing")),
    MenuEntry("brand", "/brand/messages/", _("Messages"), "message", "message.see"),
    MenuEntry("brand", "/brand/deals/", _("Group deals"), "friends", "coupon.see"),
    MenuEntry("brand", "/brand/draws/", _("Draws"), "refresh", "coupon.see"),
    MenuEntry("brand", "/brand/promotions/", _("Promotions"), "discount", "coupon.see"),
    MenuEntry("brand", "/brand/journeys/", _("Journeys"), "route", "coupon.see"),
    MenuEntry("brand", "/brand/campaigns/", _("Campaigns"), "sparkles", "coupon.see"),
    MenuEntry("brand", "/brand/templates/", _("Campaign templates"), "send", "coupon.see"),
    MenuEntry("brand", "/brand/gifts/", _("Gifts"), "gift", "coupon.see"),
    MenuEntry("brand", "/brand/claims/", _("Claims for gifts"), "report-money", "claims.see"),
    MenuEntry("brand", "/brand/check-ins/", _("Check-in"), "map-pin", "coupon.see"),
    MenuEntry("brand", "/brand/scan-plans/", _("Scan rewards"), "qrcode", "coupon.see"),
    MenuEntry("brand", "/brand/ads/", _("Ads near stores"), "map-2", "coupon.see"),
    MenuEntry("brand", "/brand/products/", _("Products"), "package", "goods.see", _("Goods")),
    MenuEntry("brand", "/brand/prices/", _("Prices"), "tag", "goods.see"),
    MenuEntry("brand", "/brand/stock/", _("Stock"), "building-warehouse", "stock.see"),
    MenuEntry("brand", "/brand/codes/", _("Codes"), "qrcode", "codes.see"),
    MenuEntry("brand", "/brand/goods/", _("Goods in and out"), "truck", "codes.move"),
    MenuEntry("brand", "/brand/diversion/", _("Diversion"), "route", "diversion.see"),
    MenuEntry("brand", "/brand/dealers/", _("Dealers"), "sitemap", "org.see", _("Organization")),
    MenuEntry("brand", "/brand/stores/", _("Stores"), "building-store", "org.see"),
    MenuEntry("brand", "/brand/staff/", _("Staff"), "id-badge-2", "staff.change"),
    MenuEntry("brand", "/brand/wechat/", _("WeChat apps"), "message", "org.change", _("Platform")),
    MenuEntry("brand", "/brand/events/", _("Events"), "activity", "events.change"),
    MenuEntry("brand", "/brand/lake/", _("Lake"), "droplet", "events.change"),
    MenuEntry("brand", "/brand/webhooks/", _("Webhooks"), "webhook", "events.change"),
    MenuEntry("brand", "/brand/audit/", _("Change log"), "history", "audit.see"),
    MenuEntry("dealer", "/dealer/", _("Figures"), "chart-bar", "figures.see"),
    MenuEntry("dealer", "/dealer/boards/", _("Growth"), "trending-up", "figures.see"),
    MenuEntry("dealer", "/dealer/orders/", _("Orders"), "receipt", "orders.see"),
    MenuEntry("dealer", "/dealer/members/", _("Members"), "users", "member.see"),
    MenuEntry("dealer", "/dealer/templates/", _("Campaigns"), "sparkles", "coupon.see"),
    MenuEntry("dealer", "/dealer/coupons/", _("Coupons"), "ticket", "coupon.see"),
    MenuEntry("dealer", "/dealer/rebates/", _("Rebates"), "coin", "stock.see"),
    MenuEntry("dealer", "/dealer/ads/", _("Ads near stores"), "map-2", "coupon.see"),
    MenuEntry("dealer", "/dealer/promotions/", _("Promotions"), "discount", "coupon.see"),
    MenuEntry("dealer", "/dealer/claims/", _("Claims for gifts"), "report-money", "claims.see"),
    MenuEntry("dealer", "/dealer/products/", _("Products"), "package", "goods.see"),
    MenuEntry("dealer", "/dealer/stock/", _("Stock"), "building-warehouse", "stock.see"),
    MenuEntry("dealer", "/dealer/goods/", _("Goods in and out"), "scan", "codes.move"),
    MenuEntry("dealer", "/dealer/diversion/", _("Diversion"), "route", "diversion.see"),
    MenuEntry("dealer", "/dealer/dealers/", _("Dealers"), "sitemap", "org.see"),
    MenuEntry("dealer", "/dealer/stores/", _("Stores"), "building-store", "org.see"),
    MenuEntry("dealer", "/dealer/staff/", _("Staff"), "id-badge-2", "staff.change"),
    MenuEntry("store", "/store/", _("Today"), "home", "orders.see", tab=True),
    MenuEntry("store", "/store/orders/", _("Orders"), "receipt", "orders.see", tab=True),
    MenuEntry("store", "/store/redeem/", _("Redeem"), "scan", "coupon.redeem", tab=True),
    MenuEntry("store", "/store/till/", _("Till"), "cash", "till.sell", _("At the counter")),
    MenuEntry("store", "/store/returns/", _("Returns"), "repeat", "orders.return"),
    MenuEntry("store", "/store/members/", _("Members"), "users", "member.join"),
    MenuEntry("store", "/store/tasks/", _("Tasks for members"), "clipboard-check", "member.join"),
    MenuEntry("store", "/store/wallet/", _("Wallet"), "wallet", "till.sell"),
    MenuEntry("store", "/store/cards/", _("Visit cards"), "ticket", "coupon.redeem"),
    MenuEntry("store", "/store/campaigns/", _("Campaigns"), "sparkles", "coupon.see"),
    MenuEntry("store", "/store/coupons/", _("Coupons"), "ticket", "coupon.see"),
    MenuEntry("store", "/store/check-ins/", _("Check-in"), "map-pin", "coupon.see"),
    MenuEntry("store", "/store/ads/", _("Ads near you"), "map-2", "coupon.see"),
    MenuEntry("store", "/store/tickets/", _("Draw tickets"), "sparkles", "coupon.redeem"),
    MenuEntry("store", "/store/rebates/", _("Rebates"), "coin", "stock.see"),
    MenuEntry("store", "/store/prizes/", _("Hand over a prize"), "gift", "coupon.redeem"),
    MenuEntry("store", "/store/promotions/", _("Promotions"), "discount", "coupon.see"),
    MenuEntry("store", "/store/gifts/", _("Gifts"), "gift", "coupon.redeem"),
    MenuEntry("store", "/store/claims/", _("Claims for gifts"), "report-money", "claims.see"),
    MenuEntry("store", "/store/clerks/", _("Who is at the till?"), "friends", "till.sell"),
    MenuEntry("store", "/store/shelf/", _("Shelf"), "tags", "shelf.change", _("Goods")),
    MenuEntry("store", "/store/stock/", _("Stock"), "box", "stock.see", tab=True),
    MenuEntry("store", "/store/goods/", _("Goods in and out"), "scan", "codes.move"),
    MenuEntry("store", "/store/day/", _("The store's day"), "calendar", "figures.see", _("Store")),
    MenuEntry("store", "/store/figures/", _("Figures"), "chart-bar", "figures.see"),
    MenuEntry("store", "/store/boards/", _("Growth"), "trending-up", "figures.see"),
    MenuEntry("store", "/store/staff/", _("Staff"), "id-badge-2", "staff.change"),
    MenuEntry("store", "/store/settings/", _("Store"), "building-store", "store.change"),
    MenuEntry("store", "/account/", _("Your account"), "shield-lock"),
    MenuEntry("store", "/store/more/", _("More"), "layout-grid", tab=True),
)


def menu_of(viewer: Viewer) -> list[MenuEntry]:
    """Give the entries that the viewer's roles carry and that lead to a page that is there; the first of a section heads it."""
    shown: list[MenuEntry] = []
    section: Any = ""
    for entry in MENU:
        if entry.system != viewer.system:
            continue
        section = entry.section or section
        if not leads_somewhere(entry.address) or (entry.permission and not viewer.may(entry.permission)):
            continue
        shown.append(replace(entry, section=section))
        section = ""
    return shown


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
