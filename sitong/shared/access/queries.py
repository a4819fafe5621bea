"""Accounts as they stand now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from sitong.shared.access.models import Account, Audit, RoleGrant
from sitong.shared.access.scope import EVERY_BRAND, shown
from sitong.shared.access.viewer import Place, Viewer

AccountRow: TypeAlias = Account
"""The type of an account's row, for the words above: they may hold one and hand it on, but not query the table."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A staff account as a list shows it."""

    id: UUID
    brand_id: UUID | None
    system: str
    username: str
    name: str
    email: str
    phone: str
    is_active: bool
    last_login: datetime | None
    places: tuple[Place, ...]


def viewer_of_account(account: Account, *, member_id: UUID | None = None, by_pin: bool = False) -> Viewer:
    """Give the viewer that an account is now, with its roles. One query."""
    rows = (
        RoleGrant.objects.filter(account_id=account.id)
        .order_by("place_kind", "place_id", "role")
        .values_list("place_kind", "place_id", "role")
    )
    places = tuple(Place(*row) for row in rows) if account.system != "consumer" else ()
    return Viewer(account.id, account.system, account.brand_id, places, member_id, by_pin)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of an account's pages, as its owner sees it."""

    id: int
    address: str
    agent: str
    since: datetime
    seen_at: datetime
    here: bool


def sessions_of(account_id: UUID, *, key: str | None = None) -> list[OpenSession]:
    """Give the open sessions of an account, the last used first; `here` is the one with this key."""
    kept = UserSession.objects.filter(user_id=account_id).order_by("-last_seen_at")
    alive = set(
        Session.objects.filter(session_key__in=kept.values("session_key"), expire_date__gt=Now()).values_list(
            "session_key", flat=True
        )
    )
    return [
        OpenSession(one.id, one.ip, one.user_agent, one.created_at, one.last_seen_at, one.session_key == key)
        for one in kept
        if one.session_key in alive
    ]


def account_by_id(account_id: UUID) -> Account | None:
    """Give an account that may sign in."""
    return Account.objects.filter(id=account_id, is_active=True).first()


def brand_of_username(username: str) -> UUID | None:
    """Tell of which brand a staff user name is, before anybody is known: the one question asked across the brands' wall."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sitong_brand_of_username(%s)", [username.strip()[:150]])
        row = cursor.fetchone()
    return row[0] if row else None


def staff_at(place_ids: Collection[UUID]) -> QuerySet[Account]:
    """Give the staff accounts with a role at one of these places, by name."""
    return (
        Account.objects.filter(grants__place_id__in=place_ids, system__in=("brand", "dealer", "store"))
        .distinct()
        .order_by("name", "username")
    )


def staff_facts(accounts: Collection[Account]) -> list[AccountFacts]:
    """Give the facts of accounts with their places. One query."""
    places: dict[UUID, list[Place]] = {account.id: [] for account in accounts}
    grants = RoleGrant.objects.filter(account_id__in=places).order_by("role")
    for account_id, kind, place_id, role in grants.values_list("account_id", "place_kind", "place_id", "role"):
        places[account_id].append(Place(kind, place_id, role))
    return [
        AccountFacts(
            one.id,
            one.brand_id,
            one.system,
            one.username,
            one.name,
            one.email,
            one.phone,
            one.is_active,
            one.last_login,
            tuple(places[one.id]),
        )
        for one in accounts
    ]


def account_names(account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give the names of accounts by id, for lists that say who did something."""
    rows = Account.objects.filter(id__in=account_ids).values_list("id", "name", "username")
    return {id: name or username for id, name, username in rows}


def languages_of(account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give the languages that accounts chose; who chose none is left out."""
    chosen = Account.objects.filter(id__in=account_ids).exclude(language="")
    return dict(chosen.values_list("id", "language"))


def audit_visible_to(viewer: Viewer) -> QuerySet[Audit]:
    """Give the change log of the viewer's brand, the newest first; only the brand's own staff may read it."""
    return Audit.objects.filter(brand_id__in=viewer.place_ids("brand", "audit.see")).order_by("-at", "-id")


def audit_matching(
    viewer: Viewer, *, subject: str = "", by: UUID | None = None, subject_id: UUID | None = None
) -> QuerySet[Audit]:
    """Narrow the change log to a kind of subject, to one account, to one thing."""
    condition = Q()
    if subject:
        condition &= Q(subject=subject)
    if by:
        condition &= Q(by=by)
    if subject_id:
        condition &= Q(subject_id=subject_id)
    return audit_visible_to(viewer).filter(condition)


def every_brand_is_shown() -> bool:
    """Tell whether the present scope shows all brands: so it is for commands and lanes, never for a request."""
    return shown() == EVERY_BRAND
