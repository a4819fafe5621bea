"""A member says its birthday, and gets its tier's gift once a year."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from sitong.member.identity.events import changed
from sitong.member.identity.models import Member
from sitong.member.points.actions import PointsGift, give_points
from sitong.member.tiers.models import Birthday
from sitong.member.tiers.queries import days_of_brands, tiers_of
from sitong.org.brands.queries import all_brands
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce

LATE_DAYS = 7
"""So many days after the birthday the gift is still given, should the platform have stood still."""

GIVEN_AT_ONCE = 500


class BirthdayWrong(Refused):
    """There is no such day."""

    code = "member.birthday_wrong"


class BirthdaySaid(Refused):
    """A birthday is said once, since a gift hangs on it; staff may change it: facts month, day."""

    code = "member.birthday_said"


def say_birthday(member_id: UUID, *, month: int, day: int, now: datetime) -> Birthday:
    """Note month and day of the own birthday, once; the same again gives the same answer.

    Refused: member.birthday_wrong, member.birthday_said, shared.not_found.
    """
    with transaction.atomic():
        said = _said(member_id, month, day, now)
        if (said.month, said.day) != (month, day):
            raise BirthdaySaid(month=said.month, day=said.day)
    return said


def mend_birthday(member_id: UUID, *, month: int, day: int, now: datetime) -> Birthday:
    """Note or mend a member's birthday, as staff. Refused: member.birthday_wrong, shared.not_found."""
    with transaction.atomic():
        said = _said(member_id, month, day, now)
        if (said.month, said.day) != (month, day):
            said.month, said.day, said.said_at = month, day, now
            said.save(update_fields=["month", "day", "said_at"])
            announce(changed("birthday", [(said.brand_id, member_id)]), at=now)
    return said


def _said(member_id: UUID, month: int, day: int, now: datetime) -> Birthday:
    """Lock the member and give its birthday as it stands; this one, when none was said."""
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(2024, month)[1]:
        raise BirthdayWrong()
    member = Member.objects.select_for_update(no_key=True).filter(id=member_id).first()
    if member is None:
        raise NotFound(what="member")
    said = Birthday.objects.filter(member_id=member_id).first()
    if said is None:
        said = Birthday.objects.create(member_id=member_id, brand_id=member.brand_id, month=month, day=day, said_at=now)
        announce(changed("birthday", [(said.brand_id, member_id)]), at=now)
    return said


def bring_birthdays(brand_id: UUID, said: Mapping[UUID, tuple[int, int]], *, now: datetime) -> None:
    """Note the birthdays (month, day) of many members from a file; what a member has said itself stays. One statement."""
    rows = [
        Birthday(member_id=key, brand_id=brand_id, month=month, day=day, said_at=now)
        for key, (month, day) in said.items()
    ]
    with transaction.atomic():
        Birthday.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5_000)
        announce(changed("birthday", ((brand_id, key) for key in said)), at=now)


def move_birthday(member_id: UUID, *, to: UUID) -> bool:
    """Give one member's birthday to another that has said none; tell whether there was one to move."""
    with transaction.atomic():
        said = Birthday.objects.select_for_update(no_key=True).filter(member_id__in=[member_id, to])
        if {one.member_id for one in said.order_by("member_id")} != {member_id}:
            return False
        return bool(Birthday.objects.filter(member_id=member_id).update(member_id=to))


def give_birthday_gifts(*, now: datetime) -> int:
    """Give the birthday gifts of the tiers to whom it is due, once a year each; give how many. Born on 29 February: the 28th."""
    given = 0
    brands = [brand.id for brand in all_brands()]
    for brand_id, today in days_of_brands(brands, now).items():
        wanted = Q()
        for (month, day), year in _birthdays_due(today).items():
            wanted |= Q(month=month, day=day, gifted_year__lt=year)
        last = UUID(int=0)
        while True:
            with transaction.atomic():
                due = list(
                    Birthday.objects.filter(wanted, brand_id=brand_id, member_id__gt=last)
                    .select_for_update(no_key=True, skip_locked=True)
                    .order_by("member_id")[:GIVEN_AT_ONCE]
                )
                given += _give(due, today, now) if due else 0
            if len(due) < GIVEN_AT_ONCE:
                break
            last = due[-1].member_id
    return given


def _give(due: list[Birthday], today: date, now: datetime) -> int:
    tiers = tiers_of([one.member_id for one in due], at=now)
    gifts, gifted, years = [], [], _birthdays_due(today)
    for one in due:
        year = years[one.month, one.day]
        tier = tiers.get(one.member_id)
        if tier and tier.birthday_points:
            one.gifted_year = year
            gifted.append(one)
            key = uuid5(one.member_id, f"birthday {year}")
            gifts.append(PointsGift(key, one.brand_id, one.member_id, tier.birthday_points, "birthday"))
    outcomes = give_points(gifts, now=now)
    done = [one for one, outcome in zip(gifted, outcomes, strict=True) if not isinstance(outcome, Refused)]
    Birthday.objects.bulk_update(done, ["gifted_year"])
    return len(done)


def _birthdays_due(today: date) -> dict[tuple[int, int], int]:
    """Give the birthdays (month, day) whose gift is due, with their year: today's and those of the days before."""
    due = {}
    for late in range(LATE_DAYS):
        on = today - timedelta(days=late)
        due[on.month, on.day] = on.year
        if (on.month, on.day) == (2, 28) and not calendar.isleap(on.year):
            due[2, 29] = on.year
    return due


def forget_birthdays(member_ids: Collection[UUID]) -> int:
    """Delete what members said of their birthday, for good. Gives how many."""
    return Birthday.objects.filter(member_id__in=member_ids).delete()[0]
