"""Group deals change only here, a file for each verb: define, join, places (pay, lapse, expire, leave), tickets, days."""

from sitong.marketing.deals.actions.days import draw_day, draw_due_days
from sitong.marketing.deals.actions.define import (
    DealCouponUnfit,
    DealFrozen,
    DealNumberTaken,
    DealWithoutStores,
    define_deals,
    end_deal,
    publish_deal,
)
from sitong.marketing.deals.actions.join import join_groups
from sitong.marketing.deals.actions.places import (
    DealCannotLeave,
    DealPlaceNotPayable,
    PlaceNow,
    PlacesEnded,
    PlacesPaid,
    expire_groups,
    lapse_places,
    leave_groups,
    lock_places,
    move_places,
    pay_places,
)
from sitong.marketing.deals.actions.prizes import give_prizes, give_refused_prizes
from sitong.marketing.deals.actions.tickets import TicketClaimWanted, TicketWanted, claim_tickets, draw_tickets
from sitong.marketing.deals.definition import DealWanted, DrawWanted
from sitong.marketing.deals.rules import Joined, JoinWanted

__all__ = [
    "DealCannotLeave", "DealCouponUnfit", "DealFrozen", "DealNumberTaken", "DealPlaceNotPayable", "DealWanted", "DealWithoutStores", "DrawWanted",
    "JoinWanted", "Joined", "PlaceNow", "PlacesEnded", "PlacesPaid", "TicketClaimWanted", "TicketWanted", "claim_tickets", "define_deals",
    "draw_day", "draw_due_days", "draw_tickets", "end_deal", "expire_groups", "give_prizes", "give_refused_prizes", "join_groups",
    "lapse_places", "leave_groups", "lock_places", "move_places", "pay_places", "publish_deal",
]  # fmt: skip
