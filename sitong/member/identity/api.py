"""Consumers sign in by program; what a member may ask about itself, and staff about members."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Field, Router, Schema

from sitong.member.identity.sign_in import Entry, come_in, entry_by_codes, send_code
from sitong.shared import clock
from sitong.shared.access.api import TokenGiven, token_for
from sitong.shared.access.limits import address_of
from sitong.shared.access.queries import viewer_of_account
from sitong.shared.access.scope import brands_shown
from sitong.shared.errors import NotFound

router = Router(tags=["member"])


class CodeWanted(Schema):
    brand: str = Field(max_length=40, description="The brand's code, as in the address of its shops.")
    phone: str = Field(min_length=3, max_length=30)


class CodeSent(Schema):
    """A code is on its way; it holds five minutes. `demo_code` is the code itself in the demo, else empty."""

    holds_s: int = 300
    demo_code: str = ""


class PhoneSignIn(CodeWanted):
    code: str = Field(min_length=1, max_length=10)
    store: str = Field("", max_length=40, description="Code of the store through whose door the consumer came.")
    source: str = Field("", max_length=40, description="Named source of the member (M9).")


@router.post("/sign-in/code", response=CodeSent, tags=["sign-in"], summary="Send a sign-in code to a phone")
def ask_code(request: HttpRequest, wanted: CodeWanted) -> CodeSent:
    """Send a code to a consumer's phone. Limited by phone and by address."""
    entry = _entry(wanted.brand, "", "")
    shown = send_code(entry.brand.id, phone=wanted.phone, address=address_of(request), language=get_language() or "", now=clock.now())
    return CodeSent(demo_code=shown)


@router.post("/sign-in/phone", response=TokenGiven, tags=["sign-in"], summary="Sign in as a consumer")
def sign_in(request: HttpRequest, wanted: PhoneSignIn) -> TokenGiven:
    """Give a token for a phone and the code sent to it. Who comes for the first time becomes a member of the brand."""
    entry, now = _entry(wanted.brand, wanted.store, wanted.source), clock.now()
    account, member = come_in(entry, phone=wanted.phone, code=wanted.code, address=address_of(request), now=now)
    with brands_shown([entry.brand.id]):
        viewer = viewer_of_account(account, member_id=member.id)
    return token_for(viewer, now=now)


def _entry(brand: str, store: str, source: str) -> Entry:
    entry = entry_by_codes(brand, store, source=source)
    if entry is None:
        raise NotFound()
    return entry
