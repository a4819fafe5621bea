"""Tokens for whoever is signed in on a page: its scripts call the hot lanes with them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.tokens import issue
from sitong.shared.access.viewer import Viewer

router = Router(tags=["sign-in"])


class TokenGiven(Schema):
    """A bearer token and when it runs out."""

    token: str
    expires_at: datetime
    system: str


def token_for(viewer: Viewer, *, now: datetime) -> TokenGiven:
    """Give a fresh token for a viewer."""
    ttl_s = settings.TOKEN_MINUTES * 60
    return TokenGiven(
        token=issue(viewer, ttl_s=ttl_s, now=now), expires_at=now + timedelta(seconds=ttl_s), system=viewer.system
    )


@router.post("/sign-in/token", auth=API_AUTH[1:], response=TokenGiven, summary="Exchange a page's session for a token")
def exchange(request: HttpRequest) -> TokenGiven:
    """Give a token to the scripts of a signed-in page. A token gives no further token: who has one signs in again."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return token_for(viewer, now=clock.now())
