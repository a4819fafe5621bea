"""The consumer's sign-in page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from sitong.member.identity.sign_in import Entry, come_in, entry_by_codes, entry_of, send_code
from sitong.org.brands.queries import all_brands
from sitong.shared import clock
from sitong.shared.access.gates import HOME_PAGES, own_address
from sitong.shared.access.limits import address_of
from sitong.shared.access.masking import mask_phone
from sitong.shared.access.phones import normal_phone
from sitong.shared.access.sessions import enter
from sitong.shared.errors import Refused, TooMany, sentence


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """First the phone, then the code. The brand is the one whose shop leads here; with one brand alone it is that one."""
    said = request.POST if request.method == "POST" else request.GET
    wanted = own_address(request, said.get("next", ""))
    entry = _entry(wanted, said.get("brand", ""), said.get("source", ""))
    phone = said.get("phone", "")
    filled: dict[str, object] = {
        "entry": entry, "next": wanted, "source": said.get("source", ""), "brand": said.get("brand", ""), "phone": phone,
    }  # fmt: skip
    if request.method == "GET" or entry is None:
        return render(request, "member/identity/sign_in.html", filled, status=200 if entry else 404)
    now, address = clock.now(), address_of(request)
    try:
        if "code" not in request.POST:
            shown = send_code(entry.brand.id, phone=phone, address=address, language=get_language() or "", now=now)
            sent = {"sent_to": mask_phone(normal_phone(phone) or ""), "demo_code": shown}
            return render(request, "member/identity/sign_in.html", {**filled, **sent})
        account, member = come_in(entry, phone=phone, code=request.POST["code"], address=address, now=now)
    except Refused as refused:
        return _refused(request, refused, filled)
    enter(request, account, member_id=member.id, now=now)
    return HttpResponseRedirect(wanted or HOME_PAGES["consumer"])


def _entry(wanted: str, brand_code: str, source: str) -> Entry | None:
    if entry := entry_of(wanted, source=source):
        return entry
    if not brand_code:
        brands = all_brands()
        brand_code = brands[0].code if len(brands) == 1 else ""
    return entry_by_codes(brand_code, "", source=source) if brand_code else None


def _refused(request: HttpRequest, refused: Refused, filled: dict[str, object]) -> HttpResponse:
    too_many = isinstance(refused, TooMany)
    again = (
        {"sent_to": mask_phone(normal_phone(str(filled["phone"])) or "")} if refused.code == "shared.code_wrong" else {}
    )
    answer = render(
        request,
        "member/identity/sign_in.html",
        {**filled, **again, "refused": sentence(refused)},
        status=429 if too_many else 422,
    )
    if too_many:
        answer["Retry-After"] = str(refused.facts["retry_after_s"])
    return answer


urlpatterns = [path("sign-in/phone/", sign_in, name="sign_in_phone")]
