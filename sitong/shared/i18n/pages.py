"""The language switch: remembered in a cookie, and with the account of whoever is signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from sitong.shared.i18n.actions import remember_language

YEAR_S = 365 * 24 * 3600


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Take `language` and send back to `next`, if that lies on this site."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        secure = request.is_secure()
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR_S, samesite="Lax", secure=secure)
        viewer = getattr(request, "viewer", None)
        if viewer is not None:
            remember_language(viewer.account_id, language)
    return response


urlpatterns = [path("language/", switch_language, name="language")]
