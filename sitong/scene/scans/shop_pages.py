"""Scanning in the mini shop: with the camera, from a photo, or typed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sitong.goods.codes.reading import CodeUnknown
from sitong.goods.codes.rules import read_written
from sitong.scene.channels.shop import Visit, shop_page
from sitong.scene.scans.code_pages import code_address
from sitong.shared.errors import sentence


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
def scan(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Take a code and go on to its page; what cannot be a code is said at once."""
    typed = request.POST.get("code", "")
    if request.method == "POST":
        written = read_written(typed)
        if written is not None:
            return HttpResponseRedirect(code_address(shop.brand.code, written.letters, store_code=shop.store.code))
        messages.error(request, sentence(CodeUnknown()))
    return render(
        request,
        "scene/scans/scan.html",
        {"shop": shop, "typed": typed[:60], "tab": "me"},
        status=409 if request.method == "POST" else 200,
    )


urlpatterns = [path("s/<slug:brand_code>/<str:store_code>/scan/", scan, name="shop-scan")]
