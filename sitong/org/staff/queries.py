"""Staff as a viewer may see and change them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.dealers.models import Dealer
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.staff.models import ClerkPin, Invite, Leaving, WechatApp, WechatBinding
from sitong.org.staff.rules import may_give
from sitong.org.staff.wechat import AppFacts
from sitong.org.stores.models import Store
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.permissions import ROLES, permissions_of
from sitong.shared.access.queries import AccountFacts, AccountRow, staff_at, staff_facts
from sitong.shared.access.scope import every_brand
from sitong.shared.access.viewer import Place, Viewer


@dataclass(frozen=True, slots=True)
class PlaceNamed:
    """A place of the tree with its name, as a list of roles shows it."""

    kind: str
    id: UUID
    name: str
    name_en: str


def places_in_reach(viewer: Viewer, permission: str = "staff.change") -> set[UUID]:
    """Give the ids of all places at which the viewer may do what `permission` names: own ones and everything below."""
    brands = set(viewer.place_ids("brand", permission)) & {viewer.brand_id}
    dealers = set(dealers_visible_to(viewer, permission).values_list("id", flat=True))
    stores = set(stores_visible_to(viewer, permission).values_list("id", flat=True))
    return {place for place in brands | dealers | stores if place}


def staff_visible_to(viewer: Viewer) -> QuerySet[AccountRow]:
    """Give the staff accounts at the places at which the viewer may change staff."""
    return staff_at(places_in_reach(viewer)).filter(brand_id=viewer.brand_id)


def staff_changeable_by(viewer: Viewer, account_id: UUID) -> AccountFacts | None:
    """Give a staff account that the viewer may change: all its roles in reach and none above the viewer's own. Else None."""
    account = staff_visible_to(viewer).filter(id=account_id).first()
    if account is None:
        return None
    (facts,) = staff_facts([account])
    return facts if may_give_all(viewer, facts.system, facts.places) else None


def may_give_all(viewer: Viewer, system: str, places: Iterable[Place]) -> bool:
    """Tell whether the viewer may give, or take, all of these roles at their places."""
    reach = places_in_reach(viewer)
    own = frozenset[str]().union(
        *(permissions_of(viewer.system, place.role) for place in viewer.places_with("staff.change"))
    )
    return all(
        place.id in reach
        and may_give(viewer.system, own, system=system, role_permissions=permissions_of(system, place.role))
        for place in places
    )


def roles_to_give(viewer: Viewer) -> list[tuple[str, str]]:
    """Give the (system, role) pairs that the viewer may give somewhere in reach."""
    own = frozenset[str]().union(
        *(permissions_of(viewer.system, place.role) for place in viewer.places_with("staff.change"))
    )
    return [
        (system, role)
        for system in ("brand", "dealer", "store")
        for role, permissions in ROLES[system].items()
        if may_give(viewer.system, own, system=system, role_permissions=permissions)
    ]


def places_named(place_ids: Iterable[UUID]) -> dict[UUID, PlaceNamed]:
    """Give the names of dealers and stores by id; the brand's own id is left out."""
    ids = set(place_ids)
    named = {
        row[0]: PlaceNamed("dealer", *row)
        for row in Dealer.objects.filter(id__in=ids).values_list("id", "name", "name_en")
    }
    named.update(
        {
            row[0]: PlaceNamed("store", *row)
            for row in Store.objects.filter(id__in=ids).values_list("id", "name", "name_en")
        }
    )
    return named


def proof_of(secret: str) -> bytes:
    """Give what is kept of an invitation's secret."""
    return keyed_index(f"invite:{secret}")


def pin_proof(account_id: UUID, pin: str) -> bytes:
    """Give what is kept of a PIN: without the platform's key it tells nothing, though PINs are few."""
    return keyed_index(f"pin:{account_id.hex}:{pin}")


def openid_index(app_id: str, openid: str) -> bytes:
    """Give the look-up key of a WeChat user of an app."""
    return keyed_index(f"staff-wechat:{app_id}:{openid}")


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody who works in a store, as the till's row of faces shows it."""

    id: UUID
    name: str
    role: str
    has_pin: bool


def clerks_of(store_id: UUID) -> list[Clerk]:
    """Give the active accounts with a role at this very store, by name."""
    found = staff_facts(list(staff_at([store_id]).filter(is_active=True, system="store")))
    with_pin = set(
        ClerkPin.objects.filter(account_id__in=[one.id for one in found]).values_list("account_id", flat=True)
    )
    return [
        Clerk(one.id, one.name or one.username, next(place.role for place in one.places if place.id == store_id), one.id in with_pin)
        for one in found
    ]  # fmt: skip


def has_pin(account_id: UUID) -> bool:
    """Tell whether an account has set a PIN."""
    return ClerkPin.objects.filter(account_id=account_id).exists()


def invites_visible_to(viewer: Viewer) -> QuerySet[Invite]:
    """Give the invitations that the viewer may take back, the newest first: its own, and for headquarters all of the brand's."""
    found = Invite.objects.filter(brand_id=viewer.brand_id).order_by("-invited_at")  # type: ignore[misc]
    if viewer.place_ids("brand", "staff.change"):
        return found
    return found.filter(invited_by=viewer.account_id)


def invite_by_secret(secret: str) -> Invite | None:
    """Give the invitation of a link, open or not, within the scope in force."""
    return Invite.objects.filter(proof=proof_of(secret)).first()


def wechat_app_of(brand_id: UUID, kind: str) -> AppFacts | None:
    """Give the brand's app of a kind ("mini", "account") with its secret."""
    row = WechatApp.objects.filter(brand_id=brand_id, kind=kind, closed_at=None).first()
    return AppFacts(row.kind, row.app_id, row.secret, row.gateway) if row else None


def wechat_apps_of(brand_id: UUID) -> list[WechatApp]:
    """Give the brand's open apps, for the page that shows them without their secrets."""
    return list(WechatApp.objects.filter(brand_id=brand_id, closed_at=None).order_by("kind"))


def wechat_bound_at(account_id: UUID) -> datetime | None:
    """Tell since when an account is bound to WeChat, in any app."""
    return (
        WechatBinding.objects.filter(account_id=account_id)
        .order_by("bound_at")
        .values_list("bound_at", flat=True)
        .first()
    )


def leaving_of(account_id: UUID) -> Leaving | None:
    """Give how somebody left."""
    return Leaving.objects.filter(account_id=account_id).first()


def wechat_brands() -> list[BrandFacts]:
    """Give the brands (three at most) whose staff may sign in by WeChat on a page. Asked by strangers: no more than names and codes."""
    with every_brand():
        with_app = WechatApp.objects.filter(kind="account", closed_at=None).order_by("created_at")
        ids = list(with_app.values_list("brand_id", flat=True)[:3])
        return list(brand_facts(ids).values())
