"""What the lake is made of: each of its fact tables as one query, in bulk for a brand or for some members.

Each query reads from `who`, the members who count: under each id by which one is known (its own, and those of members that
were joined into it) the ordinal of who it is now. Who is erased is not among them, so nothing of it is read. Columns are
those of `insight.lake.schema`, in its order, with ids as 32 hexadecimal digits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from sitong.insight.sources.copying import copied
from sitong.member.tiers.queries import plan_of
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.geo.positions import Position
from sitong.shared.geo.rules import cell_of
from sitong.shared.statements import days, integers, run, texts, uuids

CELL_RESOLUTION = 7
FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)

EVERYBODY = """
who AS NOT MATERIALIZED (
    SELECT m.id, coalesce(s.ordinal, m.ordinal) AS ordinal, '-infinity'::date AS first, 'infinity'::date AS until
    FROM member_member AS m
    LEFT JOIN (
        SELECT id, ordinal, erased_at FROM member_member
        WHERE id IN (SELECT joined_into_id FROM member_member WHERE joined_into_id IS NOT NULL)
    ) AS s ON s.id = m.joined_into_id
    WHERE m.brand_id = %(brand)s AND coalesce(s.erased_at, m.erased_at) IS NULL
)
"""

SOME = """
who AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)s::uuid[], %(ordinals)s::bigint[], %(firsts)s::date[], %(untils)s::date[]) AS asked (id, ordinal, first, until)
)
"""
"""`first` and `until`: a member's rows of these business dates only, where a table is cut by months."""

KNOWN = """
SELECT m.id, s.ordinal, s.erased_at IS NOT NULL, m.ordinal
FROM (
    SELECT DISTINCT coalesce(asked.joined_into_id, asked.id) AS id FROM member_member AS asked
    WHERE asked.id = ANY (%s::uuid[]) AND asked.brand_id = %s
) AS now
JOIN member_member AS s ON s.id = now.id
CROSS JOIN LATERAL (
    SELECT id, ordinal FROM member_member WHERE id = now.id
    UNION ALL SELECT id, ordinal FROM member_member WHERE joined_into_id = now.id
) AS m
"""

MEMBERS = """
, said AS (
    SELECT DISTINCT ON (who.ordinal) who.ordinal, c.yes FROM who JOIN member_consentgiven AS c ON c.member_id = who.id
    WHERE c.purpose = 'marketing' AND c.entity_id IS NULL ORDER BY who.ordinal, c.at DESC, c.id DESC
)
SELECT who.ordinal, encode(uuid_send(m.id), 'hex'), m.joined_at AT TIME ZONE 'UTC', (m.joined_at AT TIME ZONE %(zone)s)::date, m.source,
       coalesce(encode(uuid_send(m.home_store_id), 'hex'), ''), coalesce(b.month, 0), coalesce(b.day, 0),
       CASE WHEN st.member_id IS NULL THEN %(base)s ELSE coalesce(l.code, '') END, coalesce(a.credits_posted - a.debits_posted, 0),
       coalesce(said.yes, false), m.account_id IS NOT NULL
FROM who JOIN member_member AS m ON m.id = who.id AND m.joined_into_id IS NULL
LEFT JOIN member_birthday AS b ON b.member_id = m.id
LEFT JOIN member_standing AS st ON st.member_id = m.id
LEFT JOIN member_tierplan AS p ON p.brand_id = st.brand_id AND p.version = st.version
LEFT JOIN member_tierlevel AS l ON l.plan_id = p.id
     AND l.level = greatest(st.level, CASE WHEN st.floor_until >= %(today)s THEN st.floor_level ELSE 0 END)
LEFT JOIN shared_ledgeraccount AS a ON a.owner_id = m.id AND a.kind = 'points.ready' AND a.unit = 'points'
LEFT JOIN said ON said.ordinal = who.ordinal
"""

IDENTITIES = """
SELECT who.ordinal, 'phone', '', m.joined_at AT TIME ZONE 'UTC'
FROM who JOIN member_member AS m ON m.id = who.id WHERE m.phone_index IS NOT NULL
UNION ALL
SELECT who.ordinal, k.kind, k.app, k.proven_at AT TIME ZONE 'UTC' FROM who JOIN member_memberkey AS k ON k.member_id = who.id
"""

OF_ORDERS = """
FROM who JOIN scene_order AS o ON o.member_id = who.id AND o.state IN ('paid', 'handed_over')
     AND o.placed_on >= who.first AND o.placed_on < who.until
"""

ORDERS = f"""
SELECT who.ordinal, o.placed_at AT TIME ZONE 'UTC', o.placed_on, encode(uuid_send(o.id), 'hex'), encode(uuid_send(o.store_id), 'hex'),
       o.channel, o.scene, o.total_minor, o.discount_minor, coalesce(l.items, 0)
{OF_ORDERS}
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN weighed THEN 1 ELSE quantity END)::bigint AS items FROM scene_orderline WHERE order_id = o.id
) AS l ON true
"""  # noqa: S608 constants of this file

GOODS = """
LEFT JOIN goods_sku AS k ON k.id = l.sku_id LEFT JOIN goods_product AS p ON p.id = k.product_id
LEFT JOIN goods_category AS c ON c.id = p.category_id
"""

OF_GOODS = """
coalesce(encode(uuid_send(k.product_id), 'hex'), ''), encode(uuid_send(l.sku_id), 'hex'), coalesce(encode(uuid_send(c.id), 'hex'), ''),
coalesce(encode(uuid_send(coalesce(c.parent_id, c.id)), 'hex'), '')
"""

LINES = f"""
SELECT who.ordinal, o.placed_at AT TIME ZONE 'UTC', o.placed_on, encode(uuid_send(o.id), 'hex'), encode(uuid_send(o.store_id), 'hex'),
       o.channel, o.scene, {OF_GOODS}, CASE WHEN l.weighed THEN 1 ELSE l.quantity END, l.total_minor, l.discount_minor, false, NULL
{OF_ORDERS} JOIN scene_orderline AS l ON l.order_id = o.id {GOODS}
UNION ALL
SELECT who.ordinal, o.placed_at AT TIME ZONE 'UTC', o.placed_on, encode(uuid_send(o.id), 'hex'), encode(uuid_send(o.store_id), 'hex'),
       o.channel, o.scene, {OF_GOODS}, CASE WHEN l.weighed THEN -1 ELSE -r.quantity END, -r.refund_minor,
       -(l.discount_minor * r.quantity / l.quantity), true, b.at AT TIME ZONE 'UTC'
{OF_ORDERS} JOIN scene_returnline AS r ON r.order_id = o.id JOIN scene_return AS b ON b.id = r.return_id
JOIN scene_orderline AS l ON l.order_id = r.order_id AND l.position = r.position {GOODS}
"""

POINTS = """
SELECT who.ordinal, e.at AT TIME ZONE 'UTC', (e.at AT TIME ZONE %(zone)s)::date, e.ready_change, e.kind
FROM who JOIN member_pointsentry AS e ON e.member_id = who.id WHERE e.ready_change <> 0
"""

COUPONS = """
SELECT who.ordinal, what.at AT TIME ZONE 'UTC', (what.at AT TIME ZONE %(zone)s)::date, encode(uuid_send(c.id), 'hex'),
       encode(uuid_send(c.coupon_id), 'hex'), what.code, what.saved_minor
FROM who JOIN marketing_couponclaim AS c ON c.member_id = who.id
CROSS JOIN LATERAL (
    SELECT 'claimed', c.claimed_at, 0::bigint
    UNION ALL
    SELECT 'redeemed', r.at, r.saved_minor FROM marketing_redemption AS r WHERE r.claim_id = c.id
    AND NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id)
    UNION ALL
    SELECT 'voided', c.voided_at, 0 WHERE c.state = 'void' AND c.voided_at IS NOT NULL
    UNION ALL
    SELECT 'expired', c.valid_until, 0 WHERE c.state = 'ready'
) AS what (code, at, saved_minor)
"""
"""What is ready expires at the end of its time: the row stands from the beginning, with a day that is yet to come."""

SCANS = """
SELECT who.ordinal, s.at AT TIME ZONE 'UTC', (s.at AT TIME ZONE %(zone)s)::date,
       coalesce(encode(uuid_send(coalesce(p.product_id, b.product_id)), 'hex'), ''), s.before = 0
FROM who JOIN goods_scan AS s ON s.member_id = who.id AND s.role = 'consumer'
     AND s.at >= who.first - 1 AND s.at < who.until + 1
     AND (s.at AT TIME ZONE %(zone)s)::date >= who.first AND (s.at AT TIME ZONE %(zone)s)::date < who.until
JOIN goods_codebatch AS b ON b.id = s.batch_id
LEFT JOIN LATERAL (
    SELECT product_id FROM goods_codeproduction AS p WHERE p.batch_id = s.batch_id AND s.serial BETWEEN p.first AND p.last LIMIT 1
) AS p ON true
"""

VISITS = """
SELECT who.ordinal, v.at AT TIME ZONE 'UTC', (v.at AT TIME ZONE %(zone)s)::date, encode(uuid_send(v.store_id), 'hex'), v.kind,
       coalesce(places.cell, '')
FROM who JOIN member_visit AS v ON v.member_id = who.id
LEFT JOIN unnest(%(stores)s::uuid[], %(cells)s::text[]) AS places (store_id, cell) ON places.store_id = v.store_id
"""

MESSAGES = """
SELECT who.ordinal, what.at AT TIME ZONE 'UTC', (what.at AT TIME ZONE %(zone)s)::date, g.channel, encode(uuid_send(g.template_id), 'hex'),
       what.code, g.cause
FROM who JOIN marketing_message AS g ON g.member_id = who.id
CROSS JOIN LATERAL (VALUES
    ('sent', g.sent_at), ('delivered', g.delivered_at), ('failed', g.failed_at), ('opened', g.opened_at), ('clicked', g.clicked_at)
) AS what (code, at)
WHERE what.at IS NOT NULL AND (what.at AT TIME ZONE %(zone)s)::date >= who.first AND (what.at AT TIME ZONE %(zone)s)::date < who.until
"""

TAGS = """
SELECT who.ordinal, encode(uuid_send(t.tag_id), 'hex'), t.at AT TIME ZONE 'UTC', true
FROM who JOIN member_membertag AS t ON t.member_id = who.id
"""

TIERS = """
SELECT who.ordinal, (st.since::timestamp AT TIME ZONE %(zone)s) AT TIME ZONE 'UTC', st.since, coalesce(l.code, ''), coalesce(l.level, 0)
FROM who JOIN member_standing AS st ON st.member_id = who.id AND st.since IS NOT NULL
JOIN member_member AS m ON m.id = who.id AND m.joined_into_id IS NULL
LEFT JOIN member_tierplan AS p ON p.brand_id = st.brand_id AND p.version = st.version
LEFT JOIN member_tierlevel AS l ON l.plan_id = p.id AND l.level = st.level
"""

FACTS: dict[str, str] = {
    "members": MEMBERS, "identities": IDENTITIES, "orders": ORDERS, "lines": LINES, "points": POINTS, "coupons": COUPONS,
    "scans": SCANS, "visits": VISITS, "messages": MESSAGES, "tags": TAGS, "tiers": TIERS,
}  # fmt: skip

NAMES: dict[str, str] = {
    "stores": """
SELECT encode(uuid_send(id), 'hex'), code, name, name_en, coalesce(encode(uuid_send(dealer_id), 'hex'), ''), kind, city
FROM org_store WHERE brand_id = %(brand)s""",
    "products": """
SELECT encode(uuid_send(p.id), 'hex'), p.code, p.name, p.name_en, coalesce(encode(uuid_send(c.id), 'hex'), ''),
       coalesce(encode(uuid_send(coalesce(c.parent_id, c.id)), 'hex'), '')
FROM goods_product AS p LEFT JOIN goods_category AS c ON c.id = p.category_id WHERE p.brand_id = %(brand)s""",
    "categories": """
SELECT encode(uuid_send(id), 'hex'), coalesce(encode(uuid_send(parent_id), 'hex'), ''), code, name, name_en
FROM goods_category WHERE brand_id = %(brand)s""",
    "coupon_names": """
SELECT encode(uuid_send(id), 'hex'), name, name_en, kind FROM marketing_coupon WHERE brand_id = %(brand)s""",
}
"""Tables of names: read whole, whatever changed."""

STORE_PLACES = "SELECT id, latitude_e6, longitude_e6 FROM org_store WHERE brand_id = %s AND latitude_e6 IS NOT NULL"

CLAIMANTS = """
SELECT DISTINCT member_id FROM marketing_couponclaim WHERE coupon_id = ANY (%s::uuid[]) AND state = 'ready'
"""

IMPORTED = """
SELECT DISTINCT o.brand_id, o.member_id, to_char(o.placed_on, 'YYYY-MM')
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[]) AS piece (brand_id, source, first_id, last_id)
JOIN scene_order AS o ON o.id BETWEEN piece.first_id AND piece.last_id AND o.brand_id = piece.brand_id AND o.source = piece.source
WHERE o.member_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Known:
    """One id by which a member is known. `ordinal` is whose facts stand under it now, `own` the row's own; `erased`: nobody's."""

    id: UUID
    ordinal: int
    erased: bool
    own: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Facts of one member under one of its ids, of the business dates [first, until)."""

    id: UUID
    ordinal: int
    first: date = FIRST
    until: date = LAST


def known_members(brand_id: UUID, member_ids: Collection[UUID]) -> list[Known]:
    """Give all ids of who these members are now, and of who else is they: the ones joined with them. One statement."""
    return [Known(*row) for row in run(KNOWN, [uuids(member_ids), brand_id])]


def facts_in_bulk(table: str, brand_id: UUID, *, now: datetime, columns: Sequence[tuple[str, str]]) -> Iterator[Any]:
    """Give all rows of one table of a brand as Arrow tables, piece by piece: one COPY, one snapshot."""
    query = f"WITH {EVERYBODY}{FACTS[table]}" if table in FACTS else NAMES[table]
    yield from copied(query, _parameters(brand_id, now), columns)


def facts_of(
    table: str, brand_id: UUID, wanted: Iterable[Wanted], *, now: datetime, columns: Sequence[tuple[str, str]]
) -> Iterator[Any]:
    """Give the rows of one table that belong to these members, as Arrow tables."""
    listed = sorted(wanted, key=lambda one: (one.ordinal, one.id, one.first))
    some = {
        "ids": uuids(one.id for one in listed),
        "ordinals": integers(one.ordinal for one in listed),
        "firsts": days(one.first for one in listed),
        "untils": days(one.until for one in listed),
    }
    yield from copied(f"WITH {SOME}{FACTS[table]}", {**_parameters(brand_id, now), **some}, columns)


def holders_of(coupon_ids: Collection[UUID]) -> list[UUID]:
    """Give the members who have one of these coupons in their hands."""
    return [member_id for (member_id,) in run(CLAIMANTS, [uuids(coupon_ids)])]


def imported_months(pieces: Iterable[tuple[UUID, str, UUID, UUID]]) -> list[tuple[UUID, UUID, str]]:
    """Give brand, member and month of what was bought in imported pieces (brand, source, first and last order)."""
    listed = list(pieces)
    brands, sources, firsts, lasts = zip(*listed, strict=True) if listed else ((), (), (), ())
    return [
        (row[0], row[1], row[2]) for row in run(IMPORTED, [uuids(brands), texts(sources), uuids(firsts), uuids(lasts)])
    ]


SUMS = "SELECT count(*), {sums} FROM (WITH {who}{query}) AS facts ({columns})"


def sums_of(table: str, brand_id: UUID, *, now: datetime, columns: Sequence[tuple[str, str]]) -> list[int]:
    """Count the rows of a fact table as the database has them, and add up each of its whole numbers. Reads everything: for checks."""
    numbers = [name for name, kind in columns if kind == "integer"]
    statement = SUMS.format(
        sums=", ".join(f'coalesce(sum("{name}"), 0)::bigint' for name in numbers),
        who=EVERYBODY,
        query=FACTS[table],
        columns=", ".join(f'"{name}"' for name, _ in columns),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, _parameters(brand_id, now))
        return [int(value) for value in cursor.fetchone()]


def _parameters(brand_id: UUID, now: datetime) -> Mapping[str, Any]:
    brand = brand_facts([brand_id])[brand_id]
    plan = plan_of(brand_id)
    base = plan.level_for(0) if plan else 0
    places = {
        store_id: cell_of(Position(latitude, longitude), resolution=CELL_RESOLUTION)
        for store_id, latitude, longitude in run(STORE_PLACES, [brand_id])
    }
    return {
        "brand": brand_id,
        "zone": brand.zone,
        "today": business_date(now, brand.zone),
        "base": plan.levels[base - 1].code if plan and base else "",
        "stores": uuids(places),
        "cells": texts(places.values()),
    }
