"""Define draws, publish and change them: frozen from the start on, but in the players' favor; and stop one early."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.marketing.draws.actions.play import lock_draws
from sitong.marketing.draws.definition import frozen_fault, has_started, rules_fault
from sitong.marketing.draws.events import DrawChanged, DrawPublished, DrawStopped
from sitong.marketing.draws.models import Draw, DrawCount, DrawPrize, DrawSeed, DrawVersion
from sitong.marketing.draws.playing import CountNow, DrawOver
from sitong.marketing.draws.record import BEGINNING, chained, rules_line
from sitong.marketing.draws.rules import DrawRules, rules_read, rules_written
from sitong.marketing.giving.queries import rewards_fault
from sitong.marketing.giving.rules import reward_sound
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.proof.rules import SEED_BYTES, commitment_of


class DrawNumberTaken(Refused):
    """Another draw of the brand has this number in its link: fact number."""

    code = "marketing.draw_number_taken"


class PlaysNotTaken(Refused):
    """A prize is one more play of this draw, and the draw takes no plays that are given."""

    code = "marketing.draw_takes_no_chances"


class StopReason(Refused):
    """Whoever stops a running draw says why; players read it."""

    code = "marketing.draw_stop_reason"


class PrizesElsewhere(Refused):
    """A prize's id belongs to another draw: fact prize."""

    code = "marketing.draw_prizes_elsewhere"


@dataclass(frozen=True, slots=True)
class DrawWanted:
    """A draw to be defined. The id is the caller's: sent again, it gets the first answer. `number` stands in its link."""

    id: UUID
    brand_id: UUID
    rules: DrawRules
    number: str = ""


def define_draws(wanted: Sequence[DrawWanted], *, by: UUID | None, now: datetime) -> list[Draw | Refused]:
    """Define draws as drafts, each whole or not at all, each with a seed of its own that nobody sees; `publish_draw` opens them.

    Days are those of the brand's zone, whatever the rules say. The same id with the same rules again gives what stands there.
    Refused: marketing.draw_nameless, draw_unpublishable, draw_dates, draw_prizes, draw_weights, prize_over_cap,
    prize_worthless, prize_ways, prize_releases, draw_guarantee, draw_consolation, draw_limits, draw_without_way,
    draw_takes_no_chances, draw_number_taken, draw_prizes_elsewhere, what rewards refuse with, shared.repeat_differs.
    """
    with transaction.atomic():
        there = Draw.objects.in_bulk([one.id for one in wanted])
        outcomes: list[Draw | Refused] = []
        for one in wanted:
            rules = replace(one.rules, zone=brand_facts([one.brand_id])[one.brand_id].zone)
            if (before := there.get(one.id)) is not None:
                same = before.brand_id == one.brand_id and rules_read(before.rules) == rules
                outcomes.append(before if same else RepeatDiffers(id=one.id))
                continue
            number = one.number or one.id.hex[-10:]
            fault = (
                rules_fault(rules) or _rewards_fault(one.id, one.brand_id, rules) or _prizes_elsewhere(one.id, rules)
            )
            if fault is None and Draw.objects.filter(brand_id=one.brand_id, number=number).exists():
                fault = DrawNumberTaken(number=number)
            if fault is not None:
                outcomes.append(fault)
                continue
            draw = there[one.id] = _made(replace(one, rules=rules, number=number), by=by, now=now)
            outcomes.append(draw)
    return outcomes


def publish_draw(draw_id: UUID, *, by: UUID | None, now: datetime) -> Draw:
    """Make a draw's rules and the commitment to its seed public. Nobody plays before. Published already: nothing happens.

    Raises marketing.draw_over when it would have ended already, what rewards refuse with, and shared.not_found.
    """
    with transaction.atomic():
        draw, count = _locked(draw_id)
        if draw.published_at is not None:
            return draw
        rules = rules_read(draw.rules)
        if now >= rules.ends_at:
            raise DrawOver(draw_id=draw.id)
        if (fault := _rewards_fault(draw.id, draw.brand_id, rules)) is not None:
            raise fault
        draw.published_at = now
        draw.save(update_fields=["published_at"])
        _add_version(draw, count, before={}, after={"commitment": draw.commitment}, by=by, now=now)
        announce([DrawPublished(draw.brand_id, draw.id, draw.commitment)], at=now)
        record([AuditEntry("published", "marketing.draw", draw.id, draw.brand_id, by, {}, {"name": draw.name})], at=now)
    return draw


def change_draw(draw_id: UUID, *, rules: DrawRules, by: UUID | None, now: datetime) -> Draw:
    """Give a draw other rules. A draft as one likes; once it is published each change is a version with who, when, before and
    after; once it has started, only in the players' favor.

    Raises marketing.draw_frozen, marketing.draw_over, what `define_draws` refuses with, and shared.not_found.
    """
    with transaction.atomic():
        draw, count = _locked(draw_id)
        old = rules_read(draw.rules)
        new = replace(rules, zone=old.zone)
        at = max(now, count.last_at or now)
        if count.closed or (draw.published_at is not None and at >= old.ends_at):
            raise DrawOver(draw_id=draw.id)
        fault = rules_fault(new) or _rewards_fault(draw.id, draw.brand_id, new) or _prizes_elsewhere(draw.id, new)
        if fault is None and draw.published_at is not None and has_started(old, at):
            fault = frozen_fault(old, new)
        if fault is not None:
            raise fault
        if new == old:
            return draw
        before, after = differing(draw.rules, rules_written(new))
        _put(draw, new)
        draw.save()
        _put_prizes(draw, new)
        if draw.published_at is not None:
            version = _add_version(draw, count, before=before, after=after, by=by, now=at)
            announce([DrawChanged(draw.brand_id, draw.id, version)], at=now)
        record([AuditEntry("changed", "marketing.draw", draw.id, draw.brand_id, by, before, after)], at=now)
    return draw


def stop_draw(draw_id: UUID, *, reason: str, by: UUID | None, now: datetime) -> Draw:
    """End a published draw at once and for good, with a reason that players read. What was won is still given.

    Stopped already: nothing happens. Raises marketing.draw_stop_reason, shared.not_found.
    """
    if not reason.strip():
        raise StopReason()
    with transaction.atomic():
        draw, count = _locked(draw_id)
        if draw.published_at is None:
            raise NotFound(what="draw")
        if draw.stopped_at is not None or count.closed:
            return draw
        draw.stopped_at, draw.stop_reason = now, reason.strip()[:80]
        draw.save(update_fields=["stopped_at", "stop_reason"])
        DrawCount.objects.filter(draw_id=draw.id).update(closed_at=now)
        announce([DrawStopped(draw.brand_id, draw.id, draw.stop_reason)], at=now)
        record(
            [AuditEntry("stopped", "marketing.draw", draw.id, draw.brand_id, by, {}, {"reason": draw.stop_reason})],
            at=now,
        )
    return draw


def _locked(draw_id: UUID) -> tuple[Draw, CountNow]:
    locked = lock_draws([draw_id])
    draw = Draw.objects.filter(id=draw_id).first()
    if draw is None or draw_id not in locked:
        raise NotFound(what="draw")
    return draw, locked[draw_id][1]


def _made(one: DrawWanted, *, by: UUID | None, now: datetime) -> Draw:
    seed = os.urandom(SEED_BYTES)
    draw = Draw(
        id=one.id,
        brand_id=one.brand_id,
        number=one.number,
        commitment=commitment_of(seed),
        created_at=now,
        created_by=by,
    )
    _put(draw, one.rules)
    draw.save(force_insert=True)
    DrawSeed.objects.create(draw_id=draw.id, brand_id=draw.brand_id, seed=seed.hex())
    DrawCount.objects.create(draw_id=draw.id, brand_id=draw.brand_id, chain=BEGINNING)
    _put_prizes(draw, one.rules)
    record([AuditEntry("defined", "marketing.draw", draw.id, draw.brand_id, by, {}, {"name": draw.name})], at=now)
    return draw


def _put(draw: Draw, rules: DrawRules) -> None:
    draw.name, draw.name_en, draw.template = rules.name, rules.name_en, rules.template
    draw.starts_at, draw.ends_at, draw.rules = rules.starts_at, rules.ends_at, rules_written(rules)


def _put_prizes(draw: Draw, rules: DrawRules) -> None:
    """Open the counts of new prizes, set the stock of all, and drop those of prizes that a draft has no more."""
    DrawPrize.objects.filter(draw_id=draw.id, won=0).exclude(prize_id__in=[one.id for one in rules.prizes]).delete()
    stock = {
        one.id: sum(release.quantity for release in one.releases) if one.releases else None for one in rules.prizes
    }
    there = DrawPrize.objects.in_bulk(list(stock))
    for prize_id, prize in there.items():
        prize.stock = stock[prize_id]
    DrawPrize.objects.bulk_update(there.values(), ["stock"])
    DrawPrize.objects.bulk_create([
        DrawPrize(prize_id=key, brand_id=draw.brand_id, draw_id=draw.id, stock=value) for key, value in stock.items() if key not in there
    ])  # fmt: skip


def _add_version(
    draw: Draw, count: CountNow, *, before: dict[str, Any], after: dict[str, Any], by: UUID | None, now: datetime
) -> int:
    """Enter the rules as they are now into the record; the caller holds the draw's lock."""
    version, step = count.version + 1, count.step + 1
    line = rules_line(step, version, now, draw.rules)
    DrawVersion.objects.create(
        brand_id=draw.brand_id, draw_id=draw.id, version=version, step=step, rules=draw.rules, before=before, after=after, by=by, at=now,
    )  # fmt: skip
    DrawCount.objects.filter(draw_id=draw.id).update(
        version=version, step=step, chain=chained(count.chain, line), last_at=max(now, count.last_at or now)
    )
    return version


def _rewards_fault(draw_id: UUID, brand_id: UUID, rules: DrawRules) -> Refused | None:
    """Say which reward cannot be given. A prize may be one more play of the very draw, which is not published yet."""
    rewards = [one.reward for one in rules.prizes if one.reward is not None]
    others = [one for one in rewards if not (one.kind == "chance" and one.ref_id == draw_id and reward_sound(one))]
    if len(others) < len(rewards) and not rules.takes_chances:
        return PlaysNotTaken()
    return rewards_fault(brand_id, others) if others else None


def _prizes_elsewhere(draw_id: UUID, rules: DrawRules) -> Refused | None:
    names = {one.id: one.name for one in rules.prizes}
    taken = (
        DrawPrize.objects.filter(prize_id__in=names).exclude(draw_id=draw_id).values_list("prize_id", flat=True).first()
    )
    return PrizesElsewhere(prize=names[taken]) if taken else None
