"""An alert about goods of brand one's dealer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sitong.goods.diversion.models import CodeAlert
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.diversion import CHENGDU, HANGZHOU, SHANGHAI, counted, goods_of, weighed


def diversion_samples(brand: Any, dealer: Any) -> dict[str, Any]:
    """A code that was scanned in three towns within three minutes."""
    now = clock.now() - timedelta(minutes=9)
    tree = goods_of(brand, dealer, items=12, now=now)
    for minute, place in enumerate((HANGZHOU, CHENGDU, SHANGHAI)):
        counted(tree, [7], place, now=now + timedelta(minutes=minute))
    weighed(tree, [7], now=now + timedelta(minutes=5))
    alert = CodeAlert.objects.get(brand_id=brand.id)
    return {"alert_id": str(alert.id), "AlertStepNew": {"id": str(new_id()), "verb": "looked_at"}}
