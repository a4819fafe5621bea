"""Who a member is, for those who may know."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from sitong.member.identity.models import JoinMoved, KeyKind, Member, MemberJoin, MemberKey, MemberShare
from sitong.member.identity.moving import movers_in_order
from sitong.member.identity.rules import (
    code_of,
    mask_key,
    member_number,
    normal_key,
    normal_number,
    number_of,
    window_at,
)
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.masking import mask_name, mask_phone
from sitong.shared.access.phones import normal_phone
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import day_bounds
from sitong.shared.clock import now as clock_now


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member with name and phone in clear: for actions and messages. Screens show `masked_name` and `masked_phone`."""

    id: UUID
    brand_id: UUID
    account_id: UUID | None
    number: str
    name: str
    phone: str
    source: str
    home_store_id: UUID | None
    joined_at: datetime
    erased_at: datetime | None = None

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


FIELDS = tuple(MemberFacts.__dataclass_fields__)


def member_now(member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Give who these members are now: themselves, or the one into whom they were joined. Unknown ones are left out."""
    rows = Member.objects.filter(id__in=member_ids).values_list("id", "joined_into_id")
    return {id: into or id for id, into in rows}


def members_standing(brand_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Give who these members of a brand are now; unknown ones, another brand's and erased ones are left out. One statement."""
    rows = Member.objects.filter(id__in=member_ids, brand_id=brand_id, erased_at=None)
    return {id: into or id for id, into in rows.values_list("id", "joined_into_id")}


def home_stores_of(member_ids: Collection[UUID]) -> dict[UUID, UUID | None]:
    """Give the home stores of members; unknown ones are left out. One statement."""
    return dict(Member.objects.filter(id__in=member_ids).values_list("id", "home_store_id"))


def members_joined_on(brand_id: UUID, on: date, *, after: UUID | None, most: int) -> list[UUID]:
    """Give members who joined a brand on this day of an earlier year, in the order of their ids, from behind `after` on.

    One range of the index of joining for each of the last thirty years, in the brand's zone; who joined on 29 February
    has it every four years.
    """
    zone = brand_facts([brand_id])[brand_id].zone
    joined = Q(pk__in=[])
    for year in range(on.year - 30, on.year):
        if (on.month, on.day) != (2, 29) or isleap(year):
            start, end = day_bounds(on.replace(year=year), zone)
            joined |= Q(joined_at__gte=start, joined_at__lt=end)
    rows = Member.objects.filter(joined, brand_id=brand_id, joined_into_id=None, erased_at=None)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return list(rows.order_by("id").values_list("id", flat=True)[:most])


def ids_of(member_ids: Collection[UUID]) -> list[UUID]:
    """Give all ids under which these members are known: their own and those of who was joined into them."""
    now = set(member_now(member_ids).values())
    return [*now, *Member.objects.filter(joined_into_id__in=now).values_list("id", flat=True)]


def member_ids_after(brand_id: UUID, after: UUID | None, *, limit: int) -> list[UUID]:
    """Give the next members of a brand that stand for themselves and are not erased, in the order of their ids."""
    found = Member.objects.filter(brand_id=brand_id, joined_into_id=None, erased_at=None)
    if after is not None:
        found = found.filter(id__gt=after)
    return list(found.order_by("id").values_list("id", flat=True)[:limit])


def members_as_one(member_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Give for each member all ids under which it is known now. Two statements."""
    now = member_now(member_ids)
    known: dict[UUID, list[UUID]] = {id: [id] for id in now.values()}
    for id, into in Member.objects.filter(joined_into_id__in=known).values_list("id", "joined_into_id"):
        if into:
            known[into].append(id)
    return {id: known[is_now] for id, is_now in now.items()}


def ids_below(member_id: UUID) -> list[UUID]:
    """Give a member and all who were joined into it, and into those, by joins that stand: also when it is absorbed itself."""
    found, level = [member_id], [member_id]
    while level:
        joins = MemberJoin.objects.filter(survivor_id__in=level, undone_at=None)
        level = [one for one in joins.values_list("absorbed_id", flat=True) if one not in found]
        found += level
    return found


def member_of_viewer(account_id: UUID, member_id: UUID | None) -> UUID | None:
    """Give who signs in with this account now, after all joins; for an account without a member, who `member_id` is now."""
    rows = Member.objects.filter(Q(account_id=account_id) | Q(id=member_id)).values_list(
        "id", "account_id", "joined_into_id"
    )
    found = sorted(rows, key=lambda row: row[1] != account_id)
    return (found[0][2] or found[0][0]) if found else member_id


def member_of_account(account_id: UUID) -> MemberFacts | None:
    """Give the member who signs in with this account."""
    return _one(Member.objects.filter(account_id=account_id))


def member_facts(member_ids: Collection[UUID]) -> dict[UUID, MemberFacts]:
    """Give the facts of members by id; unknown ones are left out. One query. An absorbed member's are its own row's."""
    return {row[0]: MemberFacts(*row) for row in Member.objects.filter(id__in=member_ids).values_list(*FIELDS)}


def member_by_phone(brand_id: UUID, phone: str) -> MemberFacts | None:
    """Give the member of a brand with this phone, however it is written; who was joined into another is that one."""
    normal = normal_phone(phone)
    return _one(Member.objects.filter(brand_id=brand_id, phone_index=keyed_index(normal))) if normal else None


def member_by_key(brand_id: UUID, kind: str, value: str, *, app: str = "") -> MemberFacts | None:
    """Give the member of a brand who has proved this key ("card", "wechat_open" of an app, …)."""
    value = normal_key(kind, value)
    if not value:
        return None
    index = keyed_index(f"{kind}:{value}")
    keys = MemberKey.objects.filter(brand_id=brand_id, kind=kind, app=app, value_index=index)
    return _one(Member.objects.filter(id__in=keys.values("member_id")))


def member_code(member_id: UUID, at: datetime) -> str:
    """Give the code that this member shows at a till: 20 digits, good for one to two minutes, tellable from payment codes
    and barcodes. It names the member to whoever has the platform's key, and nothing to anybody else."""
    return code_of(member_number(member_id), settings.KEYS.derive("member code"), window_at(at))


def member_by_code(brand_id: UUID, code: str, *, at: datetime | None = None) -> MemberFacts | None:
    """Give the member whose code this is, shown at `at` (now) or in the minute before; None when it is none or too old."""
    key, window = settings.KEYS.derive("member code"), window_at(at or clock_now())
    numbers = [number_of(code.replace(" ", ""), key, one) for one in (window, window - 1)]
    return _one(Member.objects.filter(brand_id=brand_id, number__in=[number for number in numbers if number]))


def looks_like_code(text: str) -> bool:
    """Tell whether a scan can be a member's code."""
    return number_of(text.replace(" ", ""), b"any", 0) is not None


def _one(members: QuerySet[Member]) -> MemberFacts | None:
    row = members.exclude(erased_at__isnull=False).values_list(*FIELDS, "joined_into_id").first()
    if row and row[-1]:
        return member_facts([row[-1]]).get(row[-1])
    return MemberFacts(*row[:-1]) if row else None


def members_visible_to(viewer: Viewer, permission: str = "member.see") -> QuerySet[Member]:
    """Give the members whom the viewer may see; who was joined into another is seen as that one.

    The brand's staff see all of the brand's. Dealers and stores see those whose home store is theirs, and those who
    consented to being shared with their legal entity (PIPL art. 23). A consumer sees itself.
    """
    if viewer.system == "consumer":
        mine = Q(account_id=viewer.account_id) | Q(id__in=_absorbed(Q(account_id=viewer.account_id)))
        return Member.objects.filter(mine, id__in=_now_is(viewer.member_id))
    standing = Q(brand_id=viewer.brand_id, joined_into_id=None)
    if brands := viewer.place_ids("brand", permission):
        return Member.objects.filter(standing, brand_id__in=brands)
    stores = stores_visible_to(viewer, permission)
    shared = MemberShare.objects.filter(entity_id__in=stores.values("entity_id")).values("member_id")
    return Member.objects.filter(
        standing,
        Q(home_store_id__in=stores.values("id"))
        | Q(id__in=shared)
        | Q(id__in=_absorbed(Q(home_store_id__in=stores.values("id")))),
    )


def found_members(viewer: Viewer, text: str, *, at: datetime | None = None) -> QuerySet[Member]:
    """Give the visible members whose whole phone, number, card or shown code somebody typed; names are sealed and are not
    searched. Who was joined into another is found as that one."""
    visible = members_visible_to(viewer).filter(erased_at=None)
    if not text.strip():
        return visible
    normal = normal_phone(text)
    asked = [Q(number=normal_number(text)), Q(id__in=list(_having("card", text)))]
    if normal:
        asked.append(Q(phone_index=keyed_index(normal)))
    found: set[UUID] = set()
    for one in asked:  # one statement each, since each has an index of its own and an OR of them has none
        rows = Member.objects.filter(one, Q(brand_id=viewer.brand_id)).values_list("id", "joined_into_id")
        found |= {into or id for id, into in rows}
    if at and viewer.brand_id and (shown := member_by_code(viewer.brand_id, text, at=at)):
        found.add(shown.id)
    return visible.filter(id__in=found)


def _absorbed(which: Q) -> QuerySet[Member, UUID | None]:
    """Give into whom members were joined."""
    return Member.objects.filter(which, joined_into_id__isnull=False).values_list("joined_into_id", flat=True)


def _now_is(member_id: UUID | None) -> list[UUID]:
    return list(member_now([member_id]).values()) if member_id else []


def _having(kind: str, text: str) -> QuerySet[MemberKey, UUID]:
    value = normal_key(kind, text)
    index = keyed_index(f"{kind}:{value}") if value else b""
    return MemberKey.objects.filter(kind=kind, value_index=index).values_list("member_id", flat=True)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One certain key of a member, masked; `member_id` is the row it was proven for."""

    id: UUID
    member_id: UUID
    kind: str
    app: str
    shown: str
    how: str
    by: UUID | None
    proven_at: datetime


@dataclass(frozen=True, slots=True)
class JoinFacts:
    """One join of two members, with what a page says of it."""

    id: UUID
    absorbed_id: UUID
    survivor_id: UUID
    reason: str
    note: str
    by: UUID | None
    joined_at: datetime
    undone_at: datetime | None
    undone_by: UUID | None
    undone_reason: str
    moved: dict[str, int]


@dataclass(frozen=True, slots=True)
class LaterRow:
    """Something that came to the survivor after a join, and may go with the absorbed member when it is undone."""

    subject: str
    id: UUID
    title: str
    at: datetime


def keys_of(member_id: UUID) -> list[KeyFacts]:
    """Give a member's keys and those of who was joined into it, the oldest first, masked."""
    rows = MemberKey.objects.filter(member_id__in=ids_of([member_id])).order_by("proven_at", "id")
    return [
        KeyFacts(one.id, one.member_id, one.kind, one.app, mask_key(one.value), one.how, one.by, one.proven_at)
        for one in rows
    ]


def joins_of(member_id: UUID) -> list[JoinFacts]:
    """Give the joins in which a member, or who was joined into it, had a part; the newest first, undone ones too."""
    ids = ids_of([member_id])
    return _joins(MemberJoin.objects.filter(Q(survivor_id__in=ids) | Q(absorbed_id__in=[*ids, member_id])))


def join_facts(join_id: UUID) -> JoinFacts | None:
    """Give one join."""
    found = _joins(MemberJoin.objects.filter(id=join_id))
    return found[0] if found else None


def made_later(join_id: UUID) -> list[LaterRow]:
    """Give what came to the survivor after a join, by kind and time: a person decides what of it goes along when it is undone."""
    join = MemberJoin.objects.filter(id=join_id).first()
    if join is None or join.undone_at:
        return []
    moved = dict(JoinMoved.objects.filter(join_id=join_id).values_list("subject", "row_ids"))
    return [
        LaterRow(mover.subject, one.id, one.title, one.at)
        for mover in movers_in_order()
        for one in mover.moves.made_later(join.survivor_id, moved.get(mover.subject, ()), since=join.joined_at)
    ]


def joins_since(since: datetime) -> list[UUID]:
    """Give the joins that stand and were made since then, in their order."""
    return list(
        MemberJoin.objects.filter(joined_at__gte=since, undone_at=None)
        .order_by("joined_at", "id")
        .values_list("id", flat=True)
    )


def _joins(joins: QuerySet[MemberJoin]) -> list[JoinFacts]:
    rows = list(joins.order_by("-joined_at", "-id"))
    moved: dict[UUID, dict[str, int]] = {}
    for join_id, subject, ids in JoinMoved.objects.filter(join__in=rows).values_list("join_id", "subject", "row_ids"):
        moved.setdefault(join_id, {})[subject] = len(ids)
    return [
        JoinFacts(
            one.id, one.absorbed_id, one.survivor_id, one.reason, one.note, one.by, one.joined_at, one.undone_at,
            one.undone_by, one.undone_reason, moved.get(one.id, {}),
        )
        for one in rows
    ]  # fmt: skip


def keys_in_clear(member_ids: Collection[UUID]) -> list[dict[str, object]]:
    """Give the keys of members in clear: for the member itself only."""
    rows = MemberKey.objects.filter(member_id__in=member_ids).order_by("proven_at", "id")
    return [
        {"kind": one.kind, "app": one.app, "value": one.value, "how": one.how, "proven_at": one.proven_at}
        for one in rows
    ]


def openids_of(member_ids: Collection[UUID], app_id: str) -> dict[UUID, str]:
    """Give members' openids in a WeChat app, in clear: for paying and telling them. Members without one are absent."""
    return key_values(member_ids, KeyKind.WECHAT_OPEN, app=app_id)


def key_values(member_ids: Collection[UUID], kind: str, *, app: str = "") -> dict[UUID, str]:
    """Give members' keys of a kind, in clear: the latest proven, also to who was joined into them."""
    owners = {below: member_id for member_id, ids in members_as_one(member_ids).items() for below in ids}
    rows = MemberKey.objects.filter(member_id__in=list(owners), kind=kind, app=app)
    return {owners[one.member_id]: one.value for one in rows.order_by("proven_at", "id")}
