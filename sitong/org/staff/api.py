"""Staff sign in by program; lists and changes of staff."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router, Schema

from sitong.shared import clock
from sitong.shared.access.actions.factors import prove_password, prove_second_factor
from sitong.shared.access.api import TokenGiven, token_for
from sitong.shared.access.factors import needs_second_factor
from sitong.shared.access.limits import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME, address_of, hold_to
from sitong.shared.access.queries import viewer_of_account
from sitong.shared.access.scope import brands_shown

router = Router(tags=["staff"])
SYSTEMS = frozenset({"brand", "dealer", "store"})


class StaffSignIn(Schema):
    username: str = Field(min_length=1, max_length=150)
    password: str = Field(min_length=1, max_length=200)
    code: str = Field("", max_length=20, description="Six digits of the authenticator app; brand staff always need them.")


@router.post("/sign-in/staff", response=TokenGiven, tags=["sign-in"], summary="Sign in as staff")
def sign_in(request: HttpRequest, wanted: StaffSignIn) -> TokenGiven:
    """Give a token for user name, password and, where one is set up or needed, the second factor."""
    now = clock.now()
    hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
    hold_to(SIGN_IN_BY_NAME, wanted.username.strip().lower(), now=now)
    account = prove_password(username=wanted.username, password=wanted.password, systems=SYSTEMS, now=now)
    if needs_second_factor(account):
        prove_second_factor(account, code=wanted.code, now=now)
    with brands_shown([account.brand_id]):
        viewer = viewer_of_account(account)
    return token_for(viewer, now=now)
