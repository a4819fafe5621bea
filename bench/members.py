"""The list of members among millions: a page of 31, by every way in which it can be narrowed, for headquarters and for one store.

SIZE members (1m unless told; 28m is the case of the sources). Reference: 31 members read by primary key in the same run; the
figure is the slowest of all ways, at its 95th percentile. No way may grow with the number of members.
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bench import Figure, server

STORES = 50
ROUNDS = 20
PAGE = 31
UNITS = {"k": 1_000, "m": 1_000_000}
TAGS = {1: "random() < 0.1", 2: "random() < 0.0001", 3: "joined_at < now() - interval '850 days'"}

FILL = """
INSERT INTO member_member (id, brand_id, number, name, phone, phone_index, source, home_store_id, joined_at)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(i::text), 1, 3) || '8'
        || substr(md5(i::text), 4, 15))::uuid, %s, 'M' || i, '', '', decode(md5('p' || i), 'hex'),
       (ARRAY['scan', 'store', 'ad', 'guide', 'group', 'friend', 'wechat', 'till'])[1 + floor(random() * random() * 8)::int],
       (%s::uuid[])[1 + floor(random() * random() * %s)::int], at
FROM (SELECT i, now() - interval '900 days' + (i::float8 / %s) * interval '899 days' AS at FROM generate_series(1, %s) AS i) AS made
"""

STAND = """
INSERT INTO member_standing (member_id, brand_id, version, level, keeps_until, settled_on, floor_level)
SELECT id, brand_id, 1, floor(power(random(), 3) * 7)::int, current_date + 30, current_date, 0 FROM member_member
"""

TAG = """
INSERT INTO member_membertag (id, brand_id, member_id, tag_id, at)
SELECT gen_random_uuid(), brand_id, id, %s, now() FROM member_member WHERE {which}
"""


def size_wanted(default: str) -> int:
    """Read SIZE: "500k", "1m", "28m"."""
    text = os.environ.get("SIZE", default).lower()
    return int(float(text[:-1]) * UNITS[text[-1]]) if text[-1:] in UNITS else int(text)


def run() -> list[Figure]:
    """Fill the members, then read pages in every way."""
    size = size_wanted("1m")
    with server.database():
        brand, stores, tags = _fill(size)
        return [_measured(brand, stores, tags, size)]


def _fill(size: int):
    from django.db import connections

    from sitong.member.profile.actions import TagWanted, make_tags
    from sitong.shared.ids import new_id
    from tests.make.org import a_brand, a_store

    past = datetime.now(UTC) - timedelta(days=900)
    brand = a_brand(code="bench", now=past)
    stores = [a_store(brand, code=f"s{number}", now=past) for number in range(STORES)]
    tags = [
        tag.id for tag in make_tags([TagWanted(new_id(), brand.id, f"tag {one}") for one in TAGS], by=None, now=past)
    ]
    with connections["owner"].cursor() as cursor:
        cursor.execute(FILL, [brand.id, [store.id for store in stores], STORES, size, size])
        cursor.execute(STAND)
        for tag_id, which in zip(tags, TAGS.values(), strict=True):
            cursor.execute(TAG.format(which=which), [tag_id])
        for table in ("member_member", "member_standing", "member_membertag"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return brand, stores, tags


def _measured(brand, stores, tags: list[UUID], size: int) -> Figure:
    from sitong.member.identity.listing import Behind, Narrowing, newest_members
    from sitong.member.identity.queries import member_facts
    from sitong.member.profile.queries import members_tagged
    from sitong.member.tiers.queries import members_at_level
    from tests.make.access import a_viewer

    middle = Behind(datetime.now(UTC) - timedelta(days=450), UUID(int=0))
    old = datetime.now(UTC) - timedelta(days=870)
    ways = {
        "all": Narrowing(), "source": Narrowing(source="scan"), "no such source": Narrowing(source="none"), "store": Narrowing(stores[40].id),
        "store and source": Narrowing(stores[49].id, "till"), "joined long ago": Narrowing(joined_until=old),
        **{f"tag {number}": Narrowing(among=(members_tagged(tag),)) for number, tag in enumerate(tags, 1)},
        **{f"level {level}": Narrowing(among=(members_at_level(brand.id, level),)) for level in (0, 3, 6)},
        "tag 3 and store": Narrowing(stores[40].id, among=(members_tagged(tags[2]),)),
        "tag 3 and level 6": Narrowing(among=(members_tagged(tags[2]), members_at_level(brand.id, 6))),
    }  # fmt: skip
    viewers = {"headquarters": a_viewer("brand", brand), "a small store": a_viewer("store", stores[49])}
    took: dict[str, float] = {}
    for who, viewer in viewers.items():
        for name, way in ways.items():
            for where, behind in (("", None), (", far down", middle)):
                times = []
                for _ in range(ROUNDS):
                    started = time.perf_counter()
                    newest_members(viewer, way, behind=behind, limit=PAGE)
                    times.append((time.perf_counter() - started) * 1000)
                took[f"{who}: {name}{where}"] = statistics.quantiles(times, n=20)[-1]
    ids, times = newest_members(viewers["headquarters"], Narrowing(), limit=PAGE), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        member_facts(ids)
        times.append((time.perf_counter() - started) * 1000)
    reference, slowest = statistics.median(times), max(took, key=lambda name: took[name])
    for name, ms in sorted(took.items(), key=lambda one: -one[1])[:8]:
        print(f"{ms:8.1f} ms  {name}")
    return Figure(
        "members.list", took[slowest], "ms", reference, took[slowest] / reference,
        {"members": size, "slowest": slowest, "median_of_ways_ms": statistics.median(took.values())},
    )  # fmt: skip
