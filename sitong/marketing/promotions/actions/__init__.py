"""Where promotions change: defining, publishing and stopping them, choosing them in stores, and what orders use of them."""

from sitong.marketing.promotions.actions.define import change_promotion, define_promotions, drop_draft, wanted_of
from sitong.marketing.promotions.actions.states import publish_promotion, stop_promotion
from sitong.marketing.promotions.actions.stores import choose_promotions, leave_promotions, push_promotion
from sitong.marketing.promotions.actions.use import (
    FlashTaken,
    PromotionUsed,
    lock_flash,
    move_takings,
    undo_promotions,
    use_promotions,
)

__all__ = [
    "FlashTaken",
    "PromotionUsed",
    "change_promotion",
    "choose_promotions",
    "define_promotions",
    "drop_draft",
    "leave_promotions",
    "lock_flash",
    "move_takings",
    "publish_promotion",
    "push_promotion",
    "stop_promotion",
    "undo_promotions",
    "use_promotions",
    "wanted_of",
]
