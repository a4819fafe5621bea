"""Gifts handed over at counters over HTTP, each with its proof: beside their own statements by pgbench, one a transaction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from uuid import UUID

import orjson

from bench import Figure, compared, load, orders, pgbench, server
from bench.claim import CLAIM
from bench.orders import _filled, _json, analyze, books
from bench.redeem import tokens

STORES = 20
HANDED_OVER = 30_000
WARM_UP = 2_000
AGAIN = 10_000
BATCH = 500
CALLERS = 128
TARGET = 1.5


def run() -> list[Figure]:
    """Measure first scans and second ones, in one process and in two."""
    figures = []
    with server.database():
        shop = orders.seed(STORES, 200, 1_000)
        gift_id = gift(shop.brand_id)
        codes = give(shop.brand_id, gift_id, 2 * (HANDED_OVER + WARM_UP))
        open_counters(shop.brand_id)
        analyze()
        own = pgbench.custom(script(shop.brand_id, gift_id), variables={"claim": 0})
        forget_reference()
        clerks = tokens(shop.brand_id)
        for workers in (1, 2):
            mine = codes[(workers - 1) * (HANDED_OVER + WARM_UP) :][: HANDED_OVER + WARM_UP]
            with server.web(workers=workers) as port:
                fired = load.fire(port, scans(mine, clerks, seed=workers), callers=CALLERS, warm_up=WARM_UP).only(200)
                second = load.fire(port, scans(mine[:AGAIN], clerks, seed=9), callers=CALLERS).only(409)
            if second.codes != {"marketing.gift_already_redeemed": AGAIN}:
                raise RuntimeError(f"second scans were answered otherwise: {second.codes}")
            name = "gifts" if workers == 1 else "gifts (2 processes)"
            figures.append(compared(name, fired.rate, "handovers/s", own, refused_again_a_second=second.rate, p50_ms=fired.p50_ms,
                                    p99_ms=fired.p99_ms, target=TARGET))  # fmt: skip
        check(codes)
        books()
    return figures


def gift(brand_id: UUID) -> UUID:
    """Put a gift into the library."""
    from sitong.marketing.gifts.actions import GiftDefined, define_gifts, publish_gift
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id

    wanted = GiftDefined(new_id(), brand_id, "帆布袋", value_minor=1_000, handling_bp=500, valid_days=30)
    define_gifts([wanted], by=None, now=clock_now())
    publish_gift(wanted.id, by=None, now=clock_now())
    return wanted.id


def give(brand_id: UUID, gift_id: UUID, count: int) -> list[str]:
    """Give so many, each to a member of its own; gives their codes."""
    from sitong.marketing.gifts.actions import GiftWanted, give_gifts
    from sitong.shared.clock import now as clock_now
    from sitong.shared.errors import Refused
    from sitong.shared.ids import new_id

    codes: list[str] = []
    for _ in range(0, count, BATCH):
        wanted = [GiftWanted((new_id(),), brand_id, new_id(), gift_id, "bench:1") for _ in range(BATCH)]
        codes += [
            held.code for one in give_gifts(wanted, now=clock_now()) if not isinstance(one, Refused) for held in one
        ]
    return codes


def open_counters(brand_id: UUID) -> None:
    """Open the stores' counters, so that the reference finds them."""
    from django.db import transaction

    from bench.orders import store_id
    from sitong.marketing.gifts.actions.counters import lock_counters
    from sitong.shared.clock import now as clock_now

    with transaction.atomic():
        lock_counters({store_id(at): brand_id for at in range(STORES)}, now=clock_now())


def scans(codes: Sequence[str], clerks: Sequence[tuple[UUID, str]], *, seed: int) -> list[bytes]:
    """Give a scan of each code in a random store."""
    from sitong.shared.ids import new_id

    chance, found = random.Random(seed), []
    for code in codes:
        store, token = chance.choice(clerks)
        body = orjson.dumps({"id": new_id(), "store_id": store, "code": code})
        found.append(load.post("/api/v1/gift-redemptions", body, token))
    return found


def check(codes: Sequence[str]) -> None:
    """Raise unless each gift was handed over exactly once."""
    from sitong.shared.statements import run as ask

    ((handed, claims),) = ask("SELECT count(*), count(DISTINCT claim_id) FROM marketing_giftredemption", [])
    if (handed, claims) != (len(codes), len(codes)):
        raise RuntimeError(f"{handed} handovers of {claims} gifts; {len(codes)} were scanned")


def forget_reference() -> None:
    """Take away what pgbench has written: it proves nothing, so the books would not agree."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        for table in ("marketing_giftredemption", "marketing_giftclaim"):
            cursor.execute(f"DELETE FROM {table} WHERE id::text LIKE '01a20000-%'")
        cursor.execute("UPDATE marketing_giftcounter SET position = 0, digest = ''")
        cursor.execute("DELETE FROM shared_event WHERE name = 'marketing.gift_redeemed'")


FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "redemption_id": "01a204f7-f3d3-7161-a646-92af81ef6561", "claim_id": '
    '"01a204f7-f3d3-7161-a646-92af81ef6561", "gift_id": "00000000-0000-7000-a000-000000000001", "member_id": '
    '"01a204f7-f3d3-7161-a646-92af81ef6562", "store_id": "00000000-0000-7000-a000-000000000001", "value_minor": 1000, "way": "code"}'
)
"""As long as an event's facts are."""


def script(brand_id: UUID, gift_id: UUID) -> str:
    """Give one handover as a pgbench script: the statements of the action, with arrays of one, on a gift given for it, in one of
    the stores.

    The gift is inserted first, so the reference does one insertion more than the action; the ratio says so much less.
    """
    from sitong.marketing.gifts.actions.counters import LOCK as LOCK_COUNTER
    from sitong.marketing.gifts.actions.counters import MISSING
    from sitong.marketing.gifts.actions.give import WRITE_CLAIMS
    from sitong.marketing.gifts.actions.redeem import BEFORE, LOCK, MARK_REDEEMED, MOVE_COUNTERS, WRITE_REDEMPTIONS
    from sitong.marketing.gifts.queries.claims import IDS
    from sitong.shared.events.actions.outbox import ANNOUNCE

    now, later, one = "now()", "ARRAY[now() + interval '7 days']", f"ARRAY[{CLAIM}]"
    brand, kind = f"ARRAY['{brand_id}'::uuid]", f"ARRAY['{gift_id}'::uuid]"
    store = "ARRAY[('00000000-0000-7000-a000-' || lpad(to_hex(:store::int), 12, '0'))::uuid]"
    code = "ARRAY['G' || lpad(to_hex(:claim::int), 10, '0') || lpad(to_hex(:client_id::int), 4, '0')]"
    position, digest = "ARRAY[:claim::int * 1000 + :client_id::int]", "ARRAY[sha256(:claim::text::bytea)]"
    steps = [
        (WRITE_CLAIMS, [now, one, brand, kind, one, code, "'{bench:1}'", "'{NULL}'", "'{NULL}'", "ARRAY[now()]", later]),
        (IDS, [brand, code]),
        (LOCK, [one]),
        (BEFORE, [one, "'{}'", "'{}'"]),
        (MISSING, [store]),
        (LOCK_COUNTER, [store]),
        (WRITE_REDEMPTIONS, [now, one, brand, one, "'{1}'", kind, one, store, "ARRAY['[]'::jsonb]", "ARRAY['[1000]'::jsonb]", "'{code}'",
                             one, "ARRAY[now()]", position, digest, digest, digest]),
        (MARK_REDEEMED, [one]),
        (MOVE_COUNTERS, [store, position, digest]),
        (ANNOUNCE, [now, one, brand, "'{marketing.gift_redeemed}'", f"ARRAY[{_json(FACTS)}]"]),
    ]  # fmt: skip
    head = ["\\set claim :claim + 1", f"\\set store random(0, {STORES - 1})", "BEGIN;"]
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])
