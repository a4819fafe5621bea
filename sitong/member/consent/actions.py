"""What members are asked is published word by word; what they say is added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.consent.models import ConsentGiven, ConsentWording, Purpose
from sitong.member.consent.queries import entities_shared_with, newest_versions
from sitong.member.identity.actions import set_shares
from sitong.member.identity.actions.locks import stand_in_line_for_keys
from sitong.member.identity.events import changed
from sitong.member.identity.queries import ids_below, ids_of, member_facts, member_now
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

TEXT_MAX = 4_000


class WordingMalformed(Refused):
    """A wording has a purpose and a text, and says towards which legal entity when it is about sharing."""

    code = "member.wording_malformed"


class WordingOld(Refused):
    """The wording that was said yes to is not the present one any more."""

    code = "member.wording_old"


@dataclass(frozen=True, slots=True)
class WordingWanted:
    """A new version of what members are asked for one purpose and legal entity. The id is the caller's."""

    id: UUID
    brand_id: UUID
    purpose: str
    text: str
    text_en: str = ""
    entity_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """A member says yes or no to a wording. The id is the caller's: sent again, it gets the first answer.

    `how`: self, staff (who read it out), sign_up. `by` is the account that sent it.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    wording_id: UUID
    yes: bool
    how: str
    store_id: UUID | None = None
    by: UUID | None = None


def publish_wordings(
    wanted: Sequence[WordingWanted], *, by: UUID | None, now: datetime
) -> list[ConsentWording | Refused]:
    """Publish wordings, each as the next version for its purpose and entity. What was said to earlier ones still holds.

    Refused: member.wording_malformed, shared.repeat_differs.
    """
    with transaction.atomic():
        stand_in_line_for_keys({one.brand_id.int & 0x7FFF_FFFF_FFFF for one in wanted})
        there = ConsentWording.objects.in_bulk([one.id for one in wanted])
        versions = newest_versions({one.brand_id for one in wanted})
        outcomes: list[ConsentWording | Refused] = []
        fresh: list[ConsentWording] = []
        for one in wanted:
            text, key = one.text.strip(), (one.brand_id, one.purpose, one.entity_id)
            if earlier := there.get(one.id):
                same = (earlier.brand_id, earlier.purpose, earlier.entity_id, earlier.text) == (*key, text)
                outcomes.append(earlier if same else RepeatDiffers(id=one.id))
            elif _malformed(one, text):
                outcomes.append(WordingMalformed())
            else:
                versions[key] = versions.get(key, 0) + 1
                wording = ConsentWording(
                    id=one.id, brand_id=one.brand_id, purpose=one.purpose, entity_id=one.entity_id, version=versions[key],
                    text=text, text_en=one.text_en.strip(), by=by, at=now,
                )  # fmt: skip
                there[one.id] = wording
                fresh.append(wording)
                outcomes.append(wording)
        ConsentWording.objects.bulk_create(fresh)
        record([
            AuditEntry("published", "member.wording", one.id, one.brand_id, by, after={"purpose": one.purpose, "version": one.version})
            for one in fresh
        ], at=now)  # fmt: skip
    return outcomes


def say_consents(said: Sequence[ConsentSaid], *, now: datetime) -> list[ConsentGiven | Refused]:
    """Add what members said, in order of arrival; the newest of each purpose and entity holds. A yes needs the newest wording.

    A yes to sharing opens the member to that legal entity's staff, a no closes it, both at once.
    Refused: member.wording_old, shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        there = ConsentGiven.objects.in_bulk([one.id for one in said])
        wordings = ConsentWording.objects.in_bulk([one.wording_id for one in said])
        versions = newest_versions({one.brand_id for one in said})
        known = member_now([one.member_id for one in said])
        facts = member_facts(set(known.values()))
        outcomes: list[ConsentGiven | Refused] = []
        fresh: list[ConsentGiven] = []
        for one in said:
            wording, member_id = wordings.get(one.wording_id), known.get(one.member_id)
            if earlier := there.get(one.id):
                same = (earlier.wording_id, earlier.yes, known.get(earlier.member_id, member_id)) == (
                    one.wording_id,
                    one.yes,
                    member_id,
                )
                outcomes.append(earlier if same else RepeatDiffers(id=one.id))
            elif (
                wording is None or member_id is None or {wording.brand_id, facts[member_id].brand_id} != {one.brand_id}
            ):
                outcomes.append(NotFound(what="wording" if member_id else "member"))
            elif one.yes and wording.version != (
                newest := versions[(wording.brand_id, wording.purpose, wording.entity_id)]
            ):
                outcomes.append(WordingOld(version=newest))
            else:
                row = _row(one, wording, member_id, facts[member_id].masked_phone, now)
                there[one.id] = row
                fresh.append(row)
                outcomes.append(row)
        ConsentGiven.objects.bulk_create(fresh)
        for member_id in {row.member_id: row.brand_id for row in fresh if row.purpose == Purpose.SHARE}:
            settle_shares(facts[member_id].brand_id, member_id, said_by=ids_of([member_id]), now=now)
        announce(changed("consent", ((row.brand_id, row.member_id) for row in fresh)), at=now)
    return outcomes


def settle_shares(brand_id: UUID, member_id: UUID, *, said_by: Sequence[UUID], now: datetime) -> list[UUID]:
    """Open a member to just those legal entities to which these ids' consents say yes now. Gives the rows that changed."""
    return set_shares(brand_id, member_id, entity_ids=entities_shared_with(said_by), now=now)


def join_shares(absorbed_id: UUID, survivor_id: UUID, *, now: datetime) -> list[UUID]:
    """Let the newest word of two members who are one hold for both. Gives the rows that changed."""
    brand_id = member_facts([survivor_id])[survivor_id].brand_id
    ids = [*ids_below(survivor_id), *ids_below(absorbed_id)]
    return [
        *set_shares(brand_id, absorbed_id, entity_ids=(), now=now),
        *settle_shares(brand_id, survivor_id, said_by=ids, now=now),
    ]


def separate_shares(absorbed_id: UUID, survivor_id: UUID, *, now: datetime) -> None:
    """Let each one's own word hold again."""
    brand_id = member_facts([survivor_id])[survivor_id].brand_id
    below = ids_below(absorbed_id)
    settle_shares(brand_id, absorbed_id, said_by=below, now=now)
    settle_shares(brand_id, survivor_id, said_by=[one for one in ids_below(survivor_id) if one not in below], now=now)


def _malformed(one: WordingWanted, text: str) -> bool:
    return (
        one.purpose not in Purpose.values
        or not text
        or len(text) > TEXT_MAX
        or len(one.text_en) > TEXT_MAX
        or (one.purpose == Purpose.SHARE and one.entity_id is None)
    )


def _row(one: ConsentSaid, wording: ConsentWording, member_id: UUID, shown_phone: str, now: datetime) -> ConsentGiven:
    return ConsentGiven(
        id=one.id, brand_id=one.brand_id, member_id=member_id, wording=wording, purpose=wording.purpose,
        entity_id=wording.entity_id, yes=one.yes, how=one.how[:12], store_id=one.store_id, by=one.by,
        shown_phone=shown_phone, at=now,
    )  # fmt: skip
