"""Campaign templates, made through their actions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sitong.marketing.rollout.actions import (
    AdoptionWanted,
    Place,
    TemplateWanted,
    adopt_templates,
    make_template,
    publish_template,
    push_template,
)
from sitong.marketing.rollout.rules import Changes, PartRef
from sitong.shared.ids import new_id
from tests.make.org import NOW, done


def a_template(brand: Any, *parts: PartRef, published: bool = True, now: datetime = NOW, **fields: Any):
    """A template that runs for thirty days around `now`, pushed to the whole brand when it is published."""
    values = {
        "id": new_id(), "name": "秋日到店", "name_en": "Autumn visits", "starts_on": date(now.year, now.month, 1), "ends_on": date(now.year + 1, 12, 31),
        **fields,
    }  # fmt: skip
    one = make_template(TemplateWanted(brand_id=brand.id, parts=parts, **values), by=None, now=now)
    if not published:
        return one
    push_template(one.id, [Place("brand", str(brand.id))], by=None, now=now)
    return publish_template(one.id, by=None, now=now)


def adopted(template: Any, store: Any, *, now: datetime = NOW, **changes: Any):
    """A store runs the template."""
    return done(adopt_templates([AdoptionWanted(template.id, store.id, Changes(**changes))], by=None, now=now))
