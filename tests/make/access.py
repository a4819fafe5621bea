"""Who asks: viewers, tokens and accounts of the four systems."""

from __future__ import annotations

from datetime import datetime

from sitong.shared.access.actions.accounts import StaffWanted, create_staff, open_consumer_account, places_of
from sitong.shared.access.tokens import issue
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.member import a_member, a_phone
from tests.make.org import NOW, a_code

FIRST_ROLE = {"brand": "owner", "dealer": "manager", "store": "manager"}


def place_kind(place) -> str:
    """Say which kind of place a brand, dealer or store is."""
    return type(place).__name__.lower()


def a_viewer(system: str, place, role: str | None = None) -> Viewer:
    """Somebody of `system` with `role` at `place` (a brand, dealer or store), without an account's row.

    For a consumer `place` is the brand or a member.
    """
    if system == "consumer":
        member = place if place_kind(place) == "member" else a_member(place)
        return Viewer(member.account_id or new_id(), system, member.brand_id, (), member.id)
    brand_id = place.id if place_kind(place) == "brand" else place.brand_id
    return Viewer(new_id(), system, brand_id, (Place(place_kind(place), place.id, role or FIRST_ROLE[system]),))


def a_token(viewer: Viewer, *, now: datetime | None = None, ttl_s: int = 900) -> str:
    """A bearer token, by the real clock unless `now` is given."""
    return issue(viewer, ttl_s=ttl_s, now=now or clock_now())


def as_viewer(viewer: Viewer, **token) -> dict[str, str]:
    """Keyword for Django's test client: `client.get(path, headers=as_viewer(viewer))`."""
    return {"Authorization": f"Bearer {a_token(viewer, **token)}"}


def a_staff(system: str, place, role: str | None = None, *, username: str | None = None, password: str | None = None,
            name: str = "李雷", now: datetime = NOW):  # fmt: skip
    """A staff account with one role at one place."""
    brand_id = place.id if place_kind(place) == "brand" else place.brand_id
    where = (Place(place_kind(place), place.id, role or FIRST_ROLE[system]),)
    wanted = StaffWanted(new_id(), brand_id, system, username or a_code("staff"), where, name, password=password)
    return create_staff(wanted, by=None, now=now)


def a_consumer(brand, *, phone: str | None = None, now: datetime = NOW):
    """A consumer's account and the member behind it."""
    phone = phone or a_phone()
    account = open_consumer_account(id=new_id(), brand_id=brand.id, phone=phone, now=now)
    return account, a_member(brand, phone=phone, account_id=account.id, now=now)


def viewer_of_account(account, member=None) -> Viewer:
    """The viewer that a session of this account has."""
    return Viewer(account.id, account.system, account.brand_id, places_of(account), member.id if member else None)


def open_session(client, account, member=None) -> None:
    """Sign a Django test client in, past the sign-in pages."""
    from sitong.shared.access.gates import remember

    client.force_login(account)
    session = client.session
    remember(session, account, member_id=member.id if member else None, now=clock_now())
    session.save()
