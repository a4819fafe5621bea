"""What becomes of prizes that were won: rewards are given, goods are claimed, sent or handed over, and once only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.marketing.draws.events import PrizeClaimed, PrizeHandedOver, PrizeSent
from sitong.marketing.draws.models import DrawWin, PrizeAddress, WinState
from sitong.marketing.draws.queries.prizes import prizes_of
from sitong.marketing.draws.rules import Prize
from sitong.marketing.giving.actions import RewardDue, give_rewards
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, run, texts, uuids, write

PIECE = 500
TRY_AGAIN = timedelta(minutes=2)
ADDRESS_MAX = 300

LOCK_DUE = """
SELECT w.id, w.brand_id, w.draw_id, w.prize_id, w.member_id, w.store_id, w.version
FROM unnest(%s::uuid[]) AS a(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_drawwin WHERE id = a.id AND state = 'due' FOR NO KEY UPDATE) AS w
"""
GIVE = """
UPDATE marketing_drawwin AS w SET state = n.state, fault = n.fault, tried_at = n.at, done_at = CASE WHEN n.state = 'given' THEN n.at END
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[]) AS n(id, state, fault, at) WHERE w.id = n.id
"""
LOCK_CODES = """
SELECT w.id, w.code FROM (SELECT DISTINCT id FROM unnest(%s::uuid[], %s::text[]) AS c(brand_id, code)
  JOIN marketing_drawwin AS m USING (brand_id, code) ORDER BY id) AS a
CROSS JOIN LATERAL (SELECT * FROM marketing_drawwin WHERE id = a.id FOR NO KEY UPDATE) AS w
"""


class PrizeUnknown(Refused):
    """No prize has this code."""

    code = "marketing.prize_unknown"


class PrizeHandedAlready(Refused):
    """The prize was handed over already: fact when."""

    code = "marketing.prize_handed_already"


class PrizeOnItsWay(Refused):
    """The prize is sent to the member's address: it cannot be fetched in a store any more, nor the other way round."""

    code = "marketing.prize_on_its_way"


class PrizeGone(Refused):
    """Nobody claimed the prize in time: fact until."""

    code = "marketing.prize_gone"


class PrizeWayClosed(Refused):
    """The prize is not claimed in this way: fact way (address or store)."""

    code = "marketing.prize_way_closed"


class AddressIncomplete(Refused):
    """An address needs a name, a phone number and where it is."""

    code = "marketing.address_incomplete"


class PrizeNotClaimed(Refused):
    """The member has not said yet where the prize is to be sent."""

    code = "marketing.prize_not_claimed"


@dataclass(frozen=True, slots=True)
class HandOverWanted:
    """A clerk scans the code of a prize. `id` is the clerk's own: the same again is the same answer."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    code: str
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A prize that was handed over, once."""

    id: UUID
    win_id: UUID
    draw_id: UUID
    prize: Prize
    member_id: UUID
    store_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where a prize is to be sent."""

    name: str
    phone: str
    address: str


def give_wins(win_ids: Collection[UUID], *, now: datetime) -> int:
    """Give the rewards that were won and are due; gives how many. What cannot be given yet stays due with its reason.

    Locks the wins sorted, then what `give_rewards` locks. Given once, however often this is called.
    """
    with transaction.atomic():
        rows = run(LOCK_DUE, [uuids(sorted(win_ids))])
        if not rows:
            return 0
        prizes = prizes_of({(row[2], row[6]) for row in rows})
        due, ids = [], []
        for win_id, brand_id, draw_id, prize_id, member_id, store_id, version in rows:
            prize = prizes[draw_id, version, prize_id]
            assert prize.reward is not None
            due.append(RewardDue(win_id, brand_id, member_id, prize.reward, f"draw:{draw_id}", store_id))
            ids.append(win_id)
        outcomes = give_rewards(due, now=now)
        faults = [one.code if isinstance(one, Refused) else "" for one in outcomes]
        write(
            GIVE,
            [
                uuids(ids),
                texts(["due" if fault else "given" for fault in faults]),
                texts(faults),
                days([now] * len(ids)),
            ],
        )
    return sum(1 for fault in faults if not fault)


def give_late_wins(*, now: datetime) -> int:
    """Try again to give what has been due for two minutes: a coupon's quota may have been raised meanwhile."""
    rows = DrawWin.objects.filter(state=WinState.DUE, won_at__lte=now - TRY_AGAIN).exclude(tried_at__gt=now - TRY_AGAIN)
    return give_wins(list(rows.order_by("won_at").values_list("id", flat=True)[:PIECE]), now=now)


def claim_by_address(win_id: UUID, *, member_id: UUID, address: Address, now: datetime) -> DrawWin:
    """Say where a prize is to be sent. May be said anew until it is on its way. The address is kept sealed.

    Raises marketing.address_incomplete, prize_way_closed, prize_gone, prize_handed_already, prize_on_its_way, shared.not_found.
    """
    said = Address(address.name.strip()[:60], address.phone.strip()[:40], address.address.strip()[:ADDRESS_MAX])
    if not (said.name and said.phone and said.address):
        raise AddressIncomplete()
    with transaction.atomic():
        win = _lock(win_id)
        if win is None or win.member_id != member_id:
            raise NotFound(what="prize")
        if (fault := _gone(win, now)) is not None:
            raise fault
        if "address" not in prize_of(win).ways:
            raise PrizeWayClosed(way="address")
        PrizeAddress.objects.update_or_create(
            win_id=win.id, defaults={"brand_id": win.brand_id, "member_id": member_id, "name": said.name, "phone": said.phone,
                                     "address": said.address, "given_at": now},
        )  # fmt: skip
        if win.state == WinState.OPEN:
            win.state = WinState.CLAIMED
            win.save(update_fields=["state"])
            announce([PrizeClaimed(win.brand_id, win.id, win.draw_id, win.prize_id, member_id)], at=now)
    return win


def addresses_to_send_to(
    win_ids: Sequence[UUID], *, brand_id: UUID, by: UUID | None, now: datetime
) -> dict[UUID, Address]:
    """Give the addresses of prizes that wait to be sent, by the win's id; that somebody saw them is kept in the change log."""
    with transaction.atomic():
        rows = PrizeAddress.objects.filter(win_id__in=win_ids, brand_id=brand_id)
        found = {one.win_id: Address(one.name, one.phone, one.address) for one in rows}
        seen = [AuditEntry("revealed", "marketing.prize_address", key, brand_id, by, {}, {}) for key in sorted(found)]
        record(seen, at=now)
    return found


def send_prize(win_id: UUID, *, parcel: str, by: UUID | None, now: datetime) -> DrawWin:
    """Write down that a prize was sent; `parcel` names carrier and number. Sent already: nothing happens.

    Raises marketing.prize_not_claimed, prize_gone, prize_handed_already, shared.not_found.
    """
    with transaction.atomic():
        win = _lock(win_id)
        if win is None or not win.code:
            raise NotFound(what="prize")
        if win.state == WinState.SENT:
            return win
        if win.state == WinState.OPEN:
            raise PrizeNotClaimed()
        if win.state != WinState.CLAIMED:
            raise _gone(win, now) or NotFound(what="prize")
        win.state, win.parcel, win.done_at, win.done_by = WinState.SENT, parcel.strip()[:60], now, by
        win.save(update_fields=["state", "parcel", "done_at", "done_by"])
        announce([PrizeSent(win.brand_id, win.id, win.draw_id, win.prize_id, win.member_id, win.parcel)], at=now)
        record([AuditEntry("sent", "marketing.prize", win.id, win.brand_id, by, {}, {"parcel": win.parcel})], at=now)
    return win


def hand_over_prizes(wanted: Sequence[HandOverWanted], *, now: datetime) -> list[HandedOver | Refused]:
    """Hand prizes over in stores in order of arrival, each once. The same id with the same code gets the first answer.

    Refused: marketing.prize_unknown, prize_handed_already, prize_on_its_way, prize_gone, prize_way_closed; shared.repeat_differs.
    """
    with transaction.atomic():
        rows = run(LOCK_CODES, [uuids([one.brand_id for one in wanted]), texts([one.code for one in wanted])])
        wins = {(one.brand_id, one.code): one for one in DrawWin.objects.filter(id__in=[row[0] for row in rows])}
        earlier = {one.hand_over_id: one for one in DrawWin.objects.filter(hand_over_id__in=[one.id for one in wanted])}
        prizes = prizes_of({(one.draw_id, one.version) for one in [*wins.values(), *earlier.values()]})
        outcomes: list[HandedOver | Refused] = []
        done: list[DrawWin] = []
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                same = (before.brand_id, before.code, before.done_in) == (one.brand_id, one.code, one.store_id)
                outcomes.append(_handed(before, prizes) if same else RepeatDiffers(id=one.id))
                continue
            win = wins.get((one.brand_id, one.code)) if one.code else None
            fault = PrizeUnknown() if win is None else _gone(win, now)
            if win is None or fault is not None:
                outcomes.append(fault or PrizeUnknown())
                continue
            if "store" not in prizes[win.draw_id, win.version, win.prize_id].ways:
                outcomes.append(PrizeWayClosed(way="store"))
                continue
            win.state, win.done_at, win.done_by = WinState.HANDED, now, one.by
            win.done_in, win.hand_over_id = one.store_id, one.id
            done.append(win)
            earlier[one.id] = win
            outcomes.append(_handed(win, prizes))
        _write_handed(done, now=now)
    return outcomes


def prize_of(win: DrawWin) -> Prize:
    """Give a win's prize as it was when it was won."""
    return prizes_of({(win.draw_id, win.version)})[win.draw_id, win.version, win.prize_id]


def _lock(win_id: UUID) -> DrawWin | None:
    return DrawWin.objects.select_for_update(no_key=True).filter(id=win_id).first()


def _gone(win: DrawWin, now: datetime) -> Refused | None:
    """Say why nothing can become of a prize any more; None while something can."""
    if win.state == WinState.HANDED and win.done_at is not None:
        return PrizeHandedAlready(when=f"{win.done_at:%Y-%m-%d %H:%M} UTC")
    if win.state == WinState.SENT:
        return PrizeOnItsWay()
    if win.state == WinState.EXPIRED or (win.state == WinState.OPEN and win.expires_at and now >= win.expires_at):
        return PrizeGone()
    return None if win.state in (WinState.OPEN, WinState.CLAIMED) else PrizeUnknown()


def _handed(win: DrawWin, prizes: Mapping[tuple[UUID, int, UUID], Prize]) -> HandedOver:
    assert win.hand_over_id is not None and win.done_in is not None and win.done_at is not None
    prize = prizes[win.draw_id, win.version, win.prize_id]
    return HandedOver(win.hand_over_id, win.id, win.draw_id, prize, win.member_id, win.done_in, win.done_at)


def _write_handed(done: Sequence[DrawWin], *, now: datetime) -> None:
    if not done:
        return
    DrawWin.objects.bulk_update(done, ["state", "done_at", "done_by", "done_in", "hand_over_id"])
    told: list[Any] = [
        PrizeHandedOver(one.brand_id, one.id, one.draw_id, one.prize_id, one.member_id, one.done_in) for one in done if one.done_in
    ]  # fmt: skip
    announce(told, at=now)
