"""A campaign template of brand one that its eastern store runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sitong.marketing.rollout.actions import (
    AdoptionWanted,
    Place,
    TemplateWanted,
    adopt_templates,
    make_template,
    push_template,
)
from sitong.marketing.rollout.rules import PartRef
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.marketing import a_coupon
from tests.make.org import done


def rollout_samples(brand: Any, store: Any) -> dict[str, str]:
    """A template that is tried out in one store."""
    now = clock.now()
    part = PartRef("coupon", a_coupon(brand, now=now, stores_choose=True).id)
    one = make_template(
        TemplateWanted(new_id(), brand.id, "秘密模板", now.date(), now.date() + timedelta(days=30), (part,)),
        by=None,
        now=now,
    )
    push_template(one.id, [Place("store", str(store.id))], by=None, now=now)
    done(adopt_templates([AdoptionWanted(one.id, store.id)], by=None, now=now))
    return {"template_id": str(one.id)}
