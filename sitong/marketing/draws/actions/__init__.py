"""What changes draws: defined, published, changed, stopped; played; what was won is given, claimed, sent, handed over."""

from sitong.marketing.draws.actions.define import (
    DrawWanted,
    change_draw,
    define_draws,
    publish_draw,
    stop_draw,
)
from sitong.marketing.draws.actions.play import lock_draws, play_draws
from sitong.marketing.draws.actions.upkeep import expire_prizes, publish_seeds
from sitong.marketing.draws.actions.wins import (
    Address,
    HandedOver,
    HandOverWanted,
    addresses_to_send_to,
    claim_by_address,
    give_late_wins,
    give_wins,
    hand_over_prizes,
    send_prize,
)
from sitong.marketing.draws.playing import Played, PlayWanted

__all__ = [
    "Address",
    "DrawWanted",
    "HandOverWanted",
    "HandedOver",
    "PlayWanted",
    "Played",
    "addresses_to_send_to",
    "change_draw",
    "claim_by_address",
    "define_draws",
    "expire_prizes",
    "give_late_wins",
    "give_wins",
    "hand_over_prizes",
    "lock_draws",
    "play_draws",
    "publish_draw",
    "publish_seeds",
    "send_prize",
    "stop_draw",
]
