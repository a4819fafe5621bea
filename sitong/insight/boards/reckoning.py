"""Reckon a board from the lake: the one place that knows which expressions a board is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sitong.insight.asked import Asked
from sitong.insight.lake.queries import lake_of
from sitong.insight.value.queries import folder, newest_values
from sitong.org.brands.queries import brand_facts
from sitong.shared.errors import NotFound

if TYPE_CHECKING:
    import ibis

    from sitong.insight.lake.reading import Lake

VALUE = "value"
"""This board is kept as "value:" and its run, since another run shows another value of the same lake."""


def values_of(brand_id: UUID) -> str:
    """Give the file of a brand's newest values. Refuses NotFound when there are none."""
    found = newest_values(brand_id)
    if found is None:
        raise NotFound(what="values")
    return str(folder() / found.path)


def reckon(brand_id: UUID, board: str, asked: Asked) -> dict[str, Any]:
    """Give what a board shows. Reads the lake, and writes nothing. Refused: insight.spark_missing."""
    with lake_of(brand_id) as lake:
        if board == "cohorts":
            from sitong.insight.cohorts import expressions as cohorts

            return cohorts.board(lake, asked)
        if board == "experiments":
            from sitong.insight.experiments import results

            return results.board(lake, brand_id, brand_facts([brand_id])[brand_id].zone, asked.last)
        if board.startswith(VALUE):
            from sitong.insight.value import expressions as value

            return value.board(lake, values_of(brand_id), asked)
        from sitong.insight.growth import expressions as growth
        from sitong.insight.sources.growth import campaigns_of_coupons, referring_members

        campaigns = campaigns_of_coupons(brand_id)
        found = growth.board(
            lake,
            asked,
            referring=referring_members(brand_id),
            campaigns={coupon: one.id for coupon, one in campaigns.items()},
        )
        names = {one.id: (one.name, one.name_en) for one in campaigns.values()}
        for row in found["campaigns"]:
            row["name"], row["name_en"] = names.get(row["key"], ("", ""))
        return found


def members_behind(lake: Lake, brand_id: UUID, board: str, asked: Asked, wanted: Mapping[str, str]) -> ibis.Table:
    """Give ordinal, member_id, on and kept_minor of the members behind one number of a board."""
    if board == "cohorts":
        from sitong.insight.cohorts import expressions as cohorts

        return cohorts.behind(lake, asked, wanted)
    if board == VALUE:
        from sitong.insight.value import expressions as value

        return value.behind(lake, values_of(brand_id), asked, wanted)
    from sitong.insight.growth import expressions as growth
    from sitong.insight.sources.growth import campaigns_of_coupons, referring_members

    campaigns = {coupon: one.id for coupon, one in campaigns_of_coupons(brand_id).items()}
    return growth.behind(lake, asked, wanted, referring=referring_members(brand_id), campaigns=campaigns)


def as_json(asked: Asked) -> dict[str, Any]:
    """Write a question as JSON."""
    stores = None if asked.stores is None else list(asked.stores)
    return {"first": asked.first.isoformat(), "last": asked.last.isoformat(), "stores": stores, "source": asked.source}


def from_json(said: Mapping[str, Any]) -> Asked:
    """Read a question from JSON."""
    stores = None if said["stores"] is None else tuple(said["stores"])
    return Asked(date.fromisoformat(said["first"]), date.fromisoformat(said["last"]), stores, said["source"])
