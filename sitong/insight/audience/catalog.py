"""What the builder of rules offers: subjects and fields in the reader's language, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import get_language, pgettext

from sitong.goods.catalog.queries.categories import category_tree
from sitong.goods.catalog.queries.desk import products_found, products_visible_to
from sitong.insight.audience.texts import texts
from sitong.marketing.coupons.queries.visible import coupons_visible_to
from sitong.member.profile.queries import tags_of_brand
from sitong.member.segments.language import Rule
from sitong.member.segments.parsing import COMPARED, FIELDS_OF_MEMBERS, OPS
from sitong.member.segments.subjects import SUBJECTS, Field
from sitong.member.segments.words import COMPARISONS, MEASURES, ids_in
from sitong.member.sources.queries import sources_of_brand
from sitong.member.templatetags.members import source_name
from sitong.member.tiers.queries import plan_of
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer

Choices = list[tuple[str, str]]
SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"
SEARCHES = {"product": "/brand/segments/products/"}
COUPONS_OFFERED = 300
FOUND_MAX = 12


def catalog_for(viewer: Viewer, rule: Rule, segments: Choices) -> dict[str, Any]:
    """Give all that the builder needs in one piece, for a page; `segments` are those that a rule may ask for."""
    choices = {kind: offer(viewer) for kind, offer in OFFERS.items()} | {"segment": segments}
    return {
        "subjects": [
            {
                "name": one.name, "label": str(one.label), "timed": one.timed,
                "fields": [_field(field) for field in one.fields if not field.lake_only],
            }
            for one in SUBJECTS.values() if one.deed
        ],
        "members": [_field(one) for one in FIELDS_OF_MEMBERS.values()],
        "ops": {kind: list(ops) for kind, ops in OPS.items()},
        "compared": list(COMPARED),
        "op_labels": {op: str(label).format(value="").strip() for op, label in COMPARISONS.items()},
        "measures": {kind: str(label) for kind, label in MEASURES.items()},
        "choices": choices,
        "searches": SEARCHES,
        "names": names_in(rule, viewer, choices),
        "sprite": static(SPRITE),
        "texts": texts(),
    }  # fmt: skip


def names_in(rule: Rule, viewer: Viewer, choices: Mapping[str, Choices] | None = None) -> dict[str, str]:
    """Give what the ids in a rule are called, for the builder and for reading a rule aloud."""
    names: dict[str, str] = {}
    for kind, ids in ids_in(rule).items():
        if kind == "product":
            names |= {
                one.id.hex: named(one) for one in products_visible_to(viewer).filter(id__in=[UUID(id) for id in ids])
            }
        elif choices and kind in choices:
            names |= dict(choices[kind])
        elif kind in OFFERS:
            names |= dict(OFFERS[kind](viewer))
    return names


def products_named(viewer: Viewer, words: str) -> Choices:
    """Give products that the words mean, for the builder's search."""
    return [(one.id.hex, f"{named(one)} · {one.code}") for one in products_found(viewer, words)[:FOUND_MAX]]


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name, "kind": field.kind, "label": str(field.label), "of": field.of, "open": field.open, "asked": field.asked and field.of != "sku",
        "measured": field.measured, "told_apart": field.told_apart, "choices": [(code, str(label)) for code, label in field.choices],
    }  # fmt: skip


def named(one: Any) -> str:
    """Give the name in the reader's language, of anything that has name and name_en."""
    english = getattr(one, "name_en", "")
    return english if english and (get_language() or settings.LANGUAGE_CODE).startswith("en") else one.name


def _stores(viewer: Viewer) -> Choices:
    return [(one.id.hex, named(one)) for one in stores_visible_to(viewer, "member.see").order_by("code")]


def _sources(viewer: Viewer) -> Choices:
    assert viewer.brand_id is not None
    there = sources_of_brand(viewer.brand_id)
    return [(code, source_name(there, code)) for code in there]


def _tiers(viewer: Viewer) -> Choices:
    assert viewer.brand_id is not None
    plan = plan_of(viewer.brand_id)
    return [("", pgettext("rule", "none")), *((one.code, named(one)) for one in plan.levels)] if plan else []


def _tags(viewer: Viewer) -> Choices:
    assert viewer.brand_id is not None
    return [(one.id.hex, one.name) for one in tags_of_brand(viewer.brand_id, also_retired=False)]


def _coupons(viewer: Viewer) -> Choices:
    newest = coupons_visible_to(viewer, "member.see").order_by("-id")[:COUPONS_OFFERED]
    return [(one.id.hex, named(one)) for one in newest]


def _departments(viewer: Viewer) -> Choices:
    assert viewer.brand_id is not None
    return [(one.id.hex, named(one)) for one in category_tree(viewer.brand_id)]


def _categories(viewer: Viewer) -> Choices:
    assert viewer.brand_id is not None
    return [
        (each.id.hex, f"{named(one)} / {named(each)}")
        for one in category_tree(viewer.brand_id)
        for each in one.children
    ]


OFFERS: Mapping[str, Callable[[Viewer], Choices]] = {
    "store": _stores, "source": _sources, "tier": _tiers, "tag": _tags, "coupon": _coupons, "department": _departments,
    "category": _categories,
}  # fmt: skip
"""What there is to choose from, by what a field is of. Products are too many: they are searched."""
