"""A rush for groups: 10,050 people join a deal of groups of 100 at once, 128 callers over HTTP. 100 groups are full, one has 50.

Beside pgbench running the same statements one join a transaction, on the same deal. Then everybody pays: 100 groups are
complete, each of 10,000 has its coupon; the last group expires, and 50 have exactly their money back.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from uuid import UUID

import orjson

from bench import Figure, compared, load, pgbench, server
from bench.claim import seed, tokens
from bench.orders import _filled, _json, analyze, books

PEOPLE = 100
GROUPS = int(os.environ.get("BENCH_GROUPS", "100"))
LEFT_OVER = 50
CALLERS = 128
APART = 16
TARGET = 1.5
PRICE_MINOR = 1_000
PIECE = 500


def run() -> list[Figure]:
    """Measure joining in one process and in two; reference: pgbench with the same statements. Then pay, complete and expire."""
    figures = []
    joins = GROUPS * PEOPLE + LEFT_OVER
    with server.database():
        brand_id = seed()
        merchant(brand_id)
        members = tokens(brand_id, joins)
        analyze()
        reference = pgbench.custom(script(brand_id, [deal(brand_id)]), variables={"claim": 0})
        apart_from_each_other = [deal(brand_id) for _ in range(APART)]
        apart = pgbench.custom(script(brand_id, apart_from_each_other), variables={"claim": 3_000_000})
        count_places()
        for workers in (1, 2):
            rushed = deal(brand_id)
            requests = [
                load.post("/api/v1/deal-joins", orjson.dumps({"id": made(), "deal_id": rushed}), one) for one in members
            ]
            with server.web(workers=workers) as port:
                fired = load.fire(port, requests, callers=CALLERS).only(201)
            check_full(rushed)
            name = "join" if workers == 1 else "join (2 processes)"
            figures.append(compared(name, fired.rate, "joins/s", reference, p50_ms=fired.p50_ms, p99_ms=fired.p99_ms, target=TARGET,
                                    groups=GROUPS + 1, ratio_to_pgbench_on_16_deals=fired.rate / apart))  # fmt: skip
        figures += [paying(rushed, brand_id), expiring(rushed)]
        books()
    return figures


def paying(deal_id: UUID, brand_id: UUID) -> Figure:
    """Let the provider say of all places that they are paid, 500 a batch; complete groups give their coupons in it."""
    from sitong.scene.deal_sales.actions import KIND, confirm_deal_payments
    from sitong.scene.payments.actions import PaymentWanted, open_payments
    from sitong.scene.payments.provider import PaymentAnswer, Standing
    from sitong.shared.clock import now as clock_now
    from sitong.shared.statements import run as ask

    now = clock_now()
    places = [
        row[0] for row in ask("SELECT id FROM marketing_dealplace WHERE deal_id = %s ORDER BY joined_at, id", [deal_id])
    ]
    answers = []
    for start in range(0, len(places), PIECE):
        until = now + timedelta(minutes=9)
        piece = places[start : start + PIECE]
        opened = open_payments(
            [PaymentWanted(one, brand_id, None, PRICE_MINOR, "CNY", until, KIND) for one in piece], now=now
        )
        answers += [
            PaymentAnswer(one.number, Standing.DONE, f"T{one.number}"[:32], PRICE_MINOR, "CNY", now) for one in opened
        ]
    begun = time.monotonic()
    for start in range(0, len(answers), PIECE):
        confirm_deal_payments(answers[start : start + PIECE], now=now)
    rate = len(answers) / (time.monotonic() - begun)
    ((complete, given),) = ask(
        """SELECT count(*), (SELECT count(*) FROM marketing_couponclaim AS c JOIN marketing_dealplace AS p ON p.id = c.id WHERE p.deal_id = %s)
           FROM marketing_dealgroup WHERE deal_id = %s AND state = 'complete'""", [deal_id, deal_id],
    )  # fmt: skip
    if (complete, given) != (GROUPS, GROUPS * PEOPLE):
        raise RuntimeError(f"{complete} groups complete, {given} coupons given")
    return Figure("pay and complete", rate, "places/s", extras={"complete": complete, "coupons": given})


def expiring(deal_id: UUID) -> Figure:
    """Let the last group expire: exactly those who had paid for it have their money back."""
    from sitong.scene.deal_sales.actions import expire_deal_groups
    from sitong.shared.clock import now as clock_now
    from sitong.shared.statements import run as ask

    begun = time.monotonic()
    ended = expire_deal_groups(now=clock_now() + timedelta(hours=2))
    seconds = time.monotonic() - begun
    ((refunds, minor),) = ask(
        """SELECT count(*), coalesce(sum(r.amount_minor), 0) FROM scene_refund AS r JOIN scene_payment AS p ON p.id = r.payment_id
           JOIN marketing_dealplace AS d ON d.id = p.document_id WHERE d.deal_id = %s""", [deal_id],
    )  # fmt: skip
    if (refunds, minor) != (LEFT_OVER, LEFT_OVER * PRICE_MINOR):
        raise RuntimeError(f"{refunds} refunds of {minor}")
    return Figure("expire", ended / seconds, "places/s", extras={"refunds": refunds, "refunded_minor": int(minor)})


def check_full(deal_id: UUID) -> None:
    """Raise unless all groups but the last are exactly full, each person in one."""
    from sitong.shared.statements import run as ask

    rows = ask("SELECT taken, count(*) FROM marketing_dealgroup WHERE deal_id = %s GROUP BY 1", [deal_id])
    ((places, members),) = ask(
        "SELECT count(*), count(DISTINCT member_id) FROM marketing_dealplace WHERE deal_id = %s", [deal_id]
    )
    joins = GROUPS * PEOPLE + LEFT_OVER
    if (dict(rows), places, members) != ({PEOPLE: GROUPS, LEFT_OVER: 1}, joins, joins):
        raise RuntimeError(f"groups {rows}, {places} places of {members} members")


def count_places() -> None:
    """Let the groups of the reference count their places, which its statements did not: so that the books agree."""
    from sitong.shared.statements import run as ask

    ask(
        """UPDATE marketing_dealgroup AS g SET taken = p.n FROM (SELECT group_id, count(*) AS n FROM marketing_dealplace GROUP BY 1) AS p
           WHERE p.group_id = g.id"""
    )


def deal(brand_id: UUID) -> UUID:
    """Define and publish a deal with a coupon of its own: 100 people, an hour, 10.00."""
    from sitong.marketing.coupons.actions import CouponWanted, define_coupons, publish_coupon
    from sitong.marketing.deals.actions import DealWanted, define_deals, publish_deal
    from sitong.shared.clock import now as clock_now

    now = clock_now()
    coupon = CouponWanted(
        made(), brand_id, "百元券", "cash", value_minor=10_000, valid_until=now + timedelta(days=9), ways=("campaign",)
    )
    define_coupons([coupon], by=None, now=now)
    publish_coupon(coupon.id, by=None, now=now)
    wanted = DealWanted(
        made(),
        brand_id,
        "百人拼团",
        PRICE_MINOR,
        PEOPLE,
        now,
        now + timedelta(days=3),
        coupon_id=coupon.id,
        group_hours=1,
    )
    define_deals([wanted], by=None, now=now)
    publish_deal(wanted.id, by=None, now=now)
    return wanted.id


def merchant(brand_id: UUID) -> None:
    """Open an account with the payment provider, which nobody asks here."""
    from sitong.scene.payments.actions import MerchantWanted, open_merchants
    from sitong.scene.payments.demo.keys import DemoKeys
    from sitong.shared.clock import now as clock_now

    keys = DemoKeys.make()
    open_merchants([MerchantWanted(
        brand_id, None, keys.merchant_number, keys.app_id, keys.serial, keys.merchant_private, keys.api_key, keys.provider_key_id,
        keys.provider_public,
    )], now=clock_now())  # fmt: skip


def made() -> UUID:
    """Give a new id."""
    from sitong.shared.ids import new_id

    return new_id()


JOIN = (
    "('01a20000-' || lpad(to_hex(:claim::int >> 16), 4, '0') || '-7000-8000-' "
    "|| lpad(to_hex(:claim::int & 65535), 4, '0') || '0000' || lpad(to_hex(:client_id::int), 4, '0'))::uuid"
)
FACTS = (
    '{"brand_id": "01a204f7-f381-7049-b455-3af68c730000", "place_id": "01a204f7-f3d3-7161-a646-92af81ef6561", "group_id": '
    '"00000000-0000-7000-a000-000000000001", "deal_id": "01a204f7-f3d3-7161-a646-92af81ef6562", "member_id": '
    '"01a204f7-f3d3-7161-a646-92af81ef6563", "store_id": null}'
)


def script(brand_id: UUID, deals: list[UUID]) -> str:
    """Give one join as a pgbench script: the very statements of the action, with arrays of one join into an open group.

    The group of a deal has room for all: it is made here. With as many deals as clients none waits for another's row.
    """
    from sitong.marketing.deals.actions.join import (
        EARLIER,
        FILL_GROUPS,
        INSIDE,
        LOCK_COUNTS,
        LOCK_GROUPS,
        OPEN_GROUPS,
        WITH_PLACES,
        WRITE_PLACES,
    )
    from sitong.shared.events.actions.outbox import ANNOUNCE
    from sitong.shared.statements import run as ask
    from sitong.shared.statements import uuids

    for one in deals:
        ask(
            OPEN_GROUPS,
            [
                "now",
                uuids([one]),
                uuids([brand_id]),
                uuids([one]),
                "{2000000000}",
                "{1}",
                uuids([one]),
                "{NULL}",
                "{2099-01-01}",
            ],
        )
        ask("UPDATE marketing_dealcount SET opened = 1 WHERE deal_id = %s", [one])
    now, one, brand = "now()", f"ARRAY[{JOIN}]", f"ARRAY['{brand_id}'::uuid]"
    kind = f"ARRAY[('{{{','.join(map(str, deals))}}}'::uuid[])[1 + :client_id % {len(deals)}]]"
    steps = [
        (LOCK_COUNTS, [kind]),
        (WITH_PLACES, [kind, "'{1}'", now]),
        (LOCK_GROUPS, [kind]),
        (EARLIER, [one]),
        (INSIDE, [kind, one]),
        (FILL_GROUPS, [kind, "'{5}'"]),
        (WRITE_PLACES, [now, one, brand, kind, kind, one, "'{NULL}'", "'{1000}'", "'{\"\"}'", "ARRAY[now() + interval '15 minutes']"]),
        (ANNOUNCE, [now, one, brand, "'{marketing.deal_place_taken}'", f"ARRAY[{_json(FACTS)}]"]),
    ]  # fmt: skip
    head = ["\\set claim :claim + 1", "BEGIN;"]
    return "\n".join([*head, *(_filled(statement, values) for statement, values in steps), "COMMIT;", ""])
