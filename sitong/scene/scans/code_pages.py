"""The page that opens from a code on a package: genuine or not, what it is, and the reward for whoever has it in hand."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sitong.marketing.scans.actions import Scan, ScanWanted, scan_for_reward
from sitong.marketing.scans.checking import hold_strangers
from sitong.marketing.scans.queries import open_plan
from sitong.org.brands.queries import BrandFacts, brand_by_code
from sitong.org.stores.queries import StoreFacts, store_by_code
from sitong.scene.scans.looks import limits_said, reward_place, reward_words, rules_said
from sitong.scene.vouchers.claim_pages import as_id
from sitong.scene.vouchers.looks import sign_in_for
from sitong.shared.access.gates import viewer_in
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now
from sitong.shared.errors import Refused, TooMany, sentence
from sitong.shared.geo.positions import Position
from sitong.shared.geo.rules import TERRITORY_RESOLUTION, cell_of
from sitong.shared.ids import new_id

WORN_FROM = 3
"""From so many earlier scans on by others, the page asks to look twice."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def code(request: HttpRequest, brand_code: str, letters: str, gtin: str = "") -> HttpResponse:
    """Show what a code is. Looking at it is counted as a scan; the reward is drawn when the page's form is sent, which a member's
    page does by itself. Whoever is not signed in does so by phone, and comes back to the same scan."""
    brand = brand_by_code(brand_code.lower())
    if brand is None:
        raise Http404
    with brands_shown([brand.id]):
        return _code(request, brand, f"/01/{gtin}/21/{letters}" if gtin else letters)


def _code(request: HttpRequest, brand: BrandFacts, text: str) -> HttpResponse:
    said = request.POST if request.method == "POST" else request.GET
    viewer = viewer_in(request, brand.id)
    member_id = viewer.member_id if viewer else None
    store = store_by_code(brand.code, said["store"]) if said.get("store") else None
    scan_id = as_id(said.get("scan", "")) or new_id()
    frame: dict[str, Any] = {"brand": brand, "store": store, "scan_id": scan_id, "signed_in": member_id is not None}
    if request.method == "POST" and member_id is None:
        back = {"scan": str(scan_id), **({"store": store.code} if store else {})}
        return HttpResponseRedirect(sign_in_for(brand, f"{request.path}?{urlencode(back)}", source="scan"))
    draws = request.method == "POST"
    wanted = ScanWanted(
        scan_id, brand.id, text, member_id, store.id if store else None, _cell(request), looks=not draws
    )
    try:
        if member_id is None:
            hold_strangers(request)
        (outcome,) = scan_for_reward([wanted], now=now())
        if isinstance(outcome, Refused):
            raise outcome
    except Refused as refused:
        frame |= {"reason": refused.code, "why": sentence(refused), "known": False}
        return render(request, "scene/scans/code.html", frame, status=429 if isinstance(refused, TooMany) else 404)
    return render(request, "scene/scans/code.html", {**frame, **_shown(outcome, brand, store, viewer, draws=draws)})


def _shown(
    scan: Scan, brand: BrandFacts, store: StoreFacts | None, viewer: Viewer | None, *, draws: bool
) -> dict[str, Any]:
    plan = open_plan(scan.read, at=now())
    may_draw = plan is not None and not scan.drawn and scan.why is None and scan.standing == "active"
    staff = viewer.system if viewer and viewer.system in {"store", "dealer"} else ""
    return {
        "known": True, "scan": scan, "read": scan.read, "product": scan.product, "standing": scan.standing, "first": scan.before == 0,
        "suspicious": scan.before >= WORN_FROM and not scan.mine, "why": sentence(scan.why) if scan.why else "",
        "reward": reward_words(scan.reward, brand.currency) if scan.reward else "", "place": reward_place(scan.reward, brand, store),
        "fault": bool(scan.fault), "may_draw": may_draw, "fresh": draws and scan.mine, "plan": plan,
        "rules": rules_said(plan, brand) if plan else [], "limits": limits_said(plan, brand.zone) if plan else [],
        "taken": scan.drawn and not scan.mine, "lost": scan.mine and scan.reward is None,
        "pending": may_draw and viewer is not None and viewer.member_id is not None and not draws,
        "staff_address": f"/{staff}/goods/" if staff else "",
    }  # fmt: skip


def _cell(request: HttpRequest) -> int | None:
    """Give the coarse cell in which the phone is, if it says so; the position itself goes no further than here."""
    try:
        position = Position.of_degrees(float(request.POST["latitude"]), float(request.POST["longitude"]))
        return int(cell_of(position, resolution=TERRITORY_RESOLUTION), 16)
    except (KeyError, ValueError, Refused):
        return None


def code_address(brand_code: str, letters: str, *, store_code: str = "", scan_id: UUID | None = None) -> str:
    """Give the address of a code's page within the platform."""
    asked = {**({"store": store_code} if store_code else {}), **({"scan": str(scan_id)} if scan_id else {})}
    return f"/Q/{brand_code.upper()}/{letters}" + (f"?{urlencode(asked)}" if asked else "")


urlpatterns = [
    path("Q/<str:brand_code>/<str:letters>", code, name="code"),
    path("Q/<str:brand_code>/01/<str:gtin>/21/<str:letters>", code, name="code-digital-link"),
    path("q/<str:brand_code>/<str:letters>", code),
    path("q/<str:brand_code>/01/<str:gtin>/21/<str:letters>", code),
]
