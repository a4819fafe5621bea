"""The gates of pages and APIs: who asks, and whether that one may come in.

The middleware calls `viewer_of` once for each request and sets `request.viewer`; a page says `@page_for("brand")`, an
API operation `auth=API_AUTH`. What the viewer may see and do inside is said by `viewer.require` and `…_visible_to`.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from sitong.shared import clock
from sitong.shared.access.actions.sessions import note_session
from sitong.shared.access.models import Account
from sitong.shared.access.queries import viewer_of_account
from sitong.shared.access.scope import show_only
from sitong.shared.access.tokens import verify
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotSignedIn

BACKEND = "sitong.shared.access.backend.AccountBackend"
BRAND_KEY, MEMBER_KEY, SINCE_KEY = "sitong_brand", "sitong_member", "sitong_since"
PIN_KEY, SEEN_KEY = "sitong_pin", "sitong_seen"
SEEN_EVERY_S = 300
SIGN_IN_PAGES = {
    "brand": "/sign-in/brand/",
    "dealer": "/sign-in/dealer/",
    "store": "/sign-in/store/",
    "consumer": "/sign-in/phone/",
}
HOME_PAGES = {"brand": "/brand/", "dealer": "/dealer/", "store": "/store/", "consumer": "/"}

View = Callable[..., HttpResponse]
MemberNow = Callable[[UUID, UUID | None], UUID | None]
_member_now: list[MemberNow] = []


class CsrfFailed(NotAllowed):
    """A change asked with a session's cookie came without the form's secret."""

    code = "shared.csrf_failed"


def tells_member_now(resolve: MemberNow) -> MemberNow:
    """Register who knows which member a consumer's account is now: it may have been joined with another since it signed in."""
    _member_now[:] = [resolve]
    return resolve


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Tell who asks, by bearer token or else by session, and narrow the scope to that one's brand. None: a stranger.

    A stranger's scope is no brand at all; pages that everybody may see open theirs with `brands_shown`. A wrong token
    makes a stranger too, and API_AUTH then says what is wrong with it.
    """
    header = request.headers.get("Authorization", "")
    viewer = _by_token(request, header) if header else _by_session(request)
    show_only([viewer.brand_id] if viewer and viewer.brand_id else [])
    if viewer and viewer.system == "consumer" and _member_now:
        member_id = _member_now[0](viewer.account_id, viewer.member_id)
        return viewer if member_id == viewer.member_id else replace(viewer, member_id=member_id)
    return viewer


def viewer_in(request: HttpRequest, brand_id: UUID) -> Viewer | None:
    """Give the viewer if that one belongs to this brand; whoever is signed in with another brand is a stranger here."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    return viewer if viewer and viewer.brand_id == brand_id else None


def remember(
    session: MutableMapping[str, Any], account: Account, *, member_id: UUID | None, now: datetime, by_pin: bool = False
) -> None:
    """Write into a session what `viewer_of` needs to read the account back. Call it after Django's `login`."""
    session[SESSION_KEY] = str(account.id)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[BRAND_KEY] = str(account.brand_id)
    session[MEMBER_KEY] = str(member_id) if member_id else None
    session[SINCE_KEY] = now.isoformat()
    session[SEEN_KEY] = int(now.timestamp())
    session[PIN_KEY] = by_pin


def page_for(*systems: str, permission: str = "") -> Callable[[View], View]:
    """Let only accounts of these systems open a page (with a role that carries `permission`).

    Below /brand/, /dealer/ and /store/ only that system's accounts come in, whatever else is said. A stranger is led
    to the sign-in page and back here afterwards; others get the 403 page.
    """

    def gate(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            viewer: Viewer | None = getattr(request, "viewer", None)
            area = request.path.split("/", 2)[1]
            here = (area,) if area in systems else systems
            if viewer is None:
                return HttpResponseRedirect(sign_in_address(request, here[0]))
            if viewer.system not in here:
                raise NotAllowed(system=viewer.system)
            if permission:
                viewer.require(permission)
            return view(request, *args, **kwargs)

        opened.gate = systems  # type: ignore[attr-defined]  # the walls' test reads it
        return opened

    return gate


def sign_in_address(request: HttpRequest, system: str) -> str:
    """Give the sign-in page of a system that leads back to the page asked for; back to the front one after a change."""
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else request.headers.get("Referer", "")
    return f"{SIGN_IN_PAGES[system]}?{urlencode({'next': back})}" if _is_ours(request, back) else SIGN_IN_PAGES[system]


def own_address(request: HttpRequest, wanted: str) -> str:
    """Give an address that came from outside if it is on this platform, else ''."""
    return wanted if wanted and _is_ours(request, wanted) else ""


def _is_ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def _by_token(request: HttpRequest, header: str) -> Viewer | None:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return verify(token.strip(), now=clock.now())
    except NotSignedIn as refused:
        request.token_refused = refused  # type: ignore[attr-defined]
        return None


def _by_session(request: HttpRequest) -> Viewer | None:
    session = getattr(request, "session", None)
    if session is None or not session.get(SESSION_KEY) or not session.get(BRAND_KEY):
        return None
    show_only([UUID(session[BRAND_KEY])])
    account = request.user
    if not isinstance(account, Account):
        return None
    now_s = int(clock.now().timestamp())
    if now_s - session.get(SEEN_KEY, 0) > SEEN_EVERY_S:
        session[SEEN_KEY] = now_s
        note_session(request)
    member = session.get(MEMBER_KEY)
    return viewer_of_account(account, member_id=UUID(member) if member else None, by_pin=bool(session.get(PIN_KEY)))


class BearerGate(AuthBase):
    """`Authorization: Bearer <token>`, as POST /api/v1/sign-in/… gives it."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Viewer | None:
        if refused := getattr(request, "token_refused", None):
            raise refused
        return request.viewer if "Authorization" in request.headers else None  # type: ignore[attr-defined]


class SessionGate(AuthBase):
    """The session of a page; a change needs the page's CSRF secret in the header X-CSRFToken."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Viewer:
        viewer: Viewer | None = getattr(request, "viewer", None)
        if viewer is None or "Authorization" in request.headers:
            raise getattr(request, "token_refused", None) or NotSignedIn()
        if check_csrf(request):
            raise CsrfFailed()
        return viewer


API_AUTH = [BearerGate(), SessionGate()]
"""For ninja: `@router.get(…, auth=API_AUTH)`; `request.auth` and `request.viewer` are the viewer. 401 for strangers."""
