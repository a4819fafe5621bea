"""Draws of brand one that others would like to look into: one that runs, a prize that waits to be fetched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sitong.marketing.draws.actions import Address, claim_by_address
from sitong.marketing.draws.models import DrawWin
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.draws import a_draw, a_play, goods


def draw_samples(brand: Any, store: Any, member: Any) -> dict[str, Any]:
    """Give a running draw, a prize that its winner wants to be sent, and rules for another one."""
    now = clock.now()
    draw = a_draw(brand, goods(stock=9, now=now), now=now, number="secret-draw")
    play = a_play(draw, member, now=now, store_id=store.id)
    claim_by_address(play.id, member_id=member.id, address=Address("赵秘密", "13811112222", "秘密地址"), now=now)
    second = a_play(draw, member, now=now, store_id=store.id)
    prize = {"id": str(new_id()), "name": "x", "weight": 1, "value_minor": 1, "ways": ["store"]}
    rules = {
        "name": "x", "template": "egg", "organizer": "x", "conditions": "x", "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(), "prizes": [prize], "free_daily": 1,
    }  # fmt: skip
    return {
        "draw_id": str(draw.id), "draw_number": draw.number, "win_id": str(play.id), "prize_code": DrawWin.objects.get(id=second.id).code,
        "play_id": str(play.id), "DrawRulesIn": rules,
    }  # fmt: skip
