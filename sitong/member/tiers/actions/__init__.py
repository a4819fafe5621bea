"""What changes tiers: plans are published, purchases counted, standings settled, birthdays kept."""

from sitong.member.tiers.actions.birthdays import bring_birthdays, give_birthday_gifts, mend_birthday, say_birthday
from sitong.member.tiers.actions.periods import settle_standings, tell_of_endings
from sitong.member.tiers.actions.plans import publish_tier_plan
from sitong.member.tiers.actions.purchases import Counted, DayChange, Purchase, change_days, count_purchases
from sitong.member.tiers.actions.rebuild import add_days, rebuild_standings
from sitong.member.tiers.actions.retiering import retier_all
from sitong.member.tiers.actions.standings import lock_standings

__all__ = [
    "Counted",
    "DayChange",
    "Purchase",
    "add_days",
    "bring_birthdays",
    "change_days",
    "count_purchases",
    "give_birthday_gifts",
    "lock_standings",
    "mend_birthday",
    "publish_tier_plan",
    "rebuild_standings",
    "retier_all",
    "say_birthday",
    "settle_standings",
    "tell_of_endings",
]
