"""What the gifts' pages share: codes made beforehand for the time without network, and how a handover is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sitong.marketing.gifts.signing import signed_code
from sitong.scene.vouchers.looks import code_image

BEFOREHAND = 15
STEP = timedelta(minutes=4)
"""Each holds five minutes, so a step of four leaves none without: an hour in all."""


def codes_beforehand(code: str, *, at: datetime) -> list[dict[str, Any]]:
    """Make the codes that the page shows one after the other during the next hour, whether it has network or not."""
    made = [(number, signed_code(code, at=at + number * STEP)) for number in range(BEFOREHAND)]
    return [
        {"from_s": int(number * STEP.total_seconds()), "text": text, "image": code_image(text)} for number, text in made
    ]
