"""What gifts do when something has happened: counts, and what the counter's phone hears."""

from __future__ import annotations

from collections.abc import Sequence

from sitong.marketing.gifts.actions.counting import GiftCounted, count_handovers
from sitong.marketing.gifts.events import GiftAsked, GiftRedeemed, GiftTakenBack
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.streams import stream, tell
from sitong.shared.events.registry import on

STORE_GIFTS = "store-gifts"
COUNTS = "marketing.gift_counts"


@stream(STORE_GIFTS)
def may_hear_gifts(viewer: Viewer, key: str) -> bool:
    """Whoever redeems at a store hears what consumers ask for there."""
    return key in {str(one) for one in stores_visible_to(viewer, "coupon.redeem").values_list("id", flat=True)}


@on(GiftAsked, GiftRedeemed, subscriber="marketing.gift_counter", start="now")
def ring(events: Sequence[GiftAsked | GiftRedeemed]) -> None:
    """Let the counter's phone ring for what is asked, and show what was handed over."""
    tell(STORE_GIFTS, [
        (str(event.store_id), {"what": "asked" if isinstance(event, GiftAsked) else "redeemed", "claim_id": str(event.claim_id)})
        for event in events
    ])  # fmt: skip


@on(GiftRedeemed, GiftTakenBack, subscriber=COUNTS)
def count(events: Sequence[GiftRedeemed | GiftTakenBack]) -> None:
    """Keep the gifts' counts of what was handed over."""
    count_handovers([
        GiftCounted(event.gift_id, 1 if isinstance(event, GiftRedeemed) else -1, event.value_minor) for event in events
    ])  # fmt: skip
