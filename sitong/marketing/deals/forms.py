"""What people fill in about a group deal and its draw, and how it becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.goods.catalog.queries.facts import by_barcode
from sitong.marketing.coupons.forms import MOMENT, Amount
from sitong.marketing.deals.definition import DealWanted, DrawWanted
from sitong.marketing.deals.models import DealDraw, GroupDeal

DAY: dict[str, Any] = {
    "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    "input_formats": ["%Y-%m-%d"],
}
CLOCK: dict[str, Any] = {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), "input_formats": ["%H:%M"]}
GIVES = [("coupon", _("A coupon")), ("goods", _("Goods"))]


class DealForm(forms.Form):
    """One deal, whole. Times are read in the zone that is active while it is cleaned."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    gives = forms.ChoiceField(label=_("What everybody gets"), choices=GIVES, widget=forms.RadioSelect)
    coupon_id = forms.TypedChoiceField(label=_("Coupon"), required=False, coerce=UUID, empty_value=None)
    barcode = forms.CharField(label=_("Barcode of the goods"), max_length=40, required=False)
    quantity = forms.IntegerField(label=_("How many items"), required=False, min_value=1, max_value=1_000_000)
    price = Amount(label=_("Price for each"))
    worth = Amount(label=_("Worth"))
    people = forms.IntegerField(label=_("People in a group"), min_value=2, max_value=10_000)
    group_hours = forms.IntegerField(label=_("Hours that a group has"), min_value=1, max_value=2_160)
    per_member = forms.IntegerField(label=_("Times for each member"), min_value=1, max_value=1_000)
    groups_max = forms.IntegerField(label=_("Groups at most"), required=False, min_value=1, max_value=1_000_000)
    starts_at = forms.DateTimeField(label=_("Begins"), **MOMENT)
    ends_at = forms.DateTimeField(label=_("Ends"), **MOMENT)
    area = forms.CharField(label=_("Area or community (Chinese)"), max_length=100, required=False)
    area_en = forms.CharField(label=_("Area or community (English)"), max_length=100, required=False)
    cells = forms.CharField(label=_("Map cells (H3)"), max_length=100_000, required=False, widget=forms.Textarea)
    store_ids = forms.MultipleChoiceField(label=_("Stores"), required=False)
    draw = forms.BooleanField(label=_("A draw follows: who comes to the store takes part"), required=False)
    first_on = forms.DateField(label=_("First draw on"), required=False, **DAY)
    days = forms.IntegerField(label=_("Number of days"), required=False, min_value=1, max_value=366)
    winners_daily = forms.IntegerField(label=_("Prizes a day"), required=False, min_value=1, max_value=10_000)
    closes = forms.TimeField(label=_("The day's list closes at"), required=False, **CLOCK)
    prize_name = forms.CharField(label=_("Prize (Chinese)"), max_length=100, required=False)
    prize_name_en = forms.CharField(label=_("Prize (English)"), max_length=100, required=False)
    prize_value = Amount(label=_("Worth of one prize"))
    organizer = forms.CharField(label=_("Organizer"), max_length=100, required=False)
    conditions = forms.CharField(
        label=_("Conditions (Chinese)"), max_length=4_000, required=False, widget=forms.Textarea
    )
    conditions_en = forms.CharField(
        label=_("Conditions (English)"), max_length=4_000, required=False, widget=forms.Textarea
    )

    def __init__(self, *args: Any, brand_id: UUID, coupons: Sequence[Any] = (), stores: Sequence[Any] = (), **options: Any) -> None:  # fmt: skip
        super().__init__(*args, **options)
        self.brand_id = brand_id
        self.sku_id: UUID | None = None
        self.fields["coupon_id"].choices = [("", "—"), *coupons]  # type: ignore[attr-defined]
        self.fields["store_ids"].choices = list(stores)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Hold together what belongs together; the action refuses the rest."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("gives") == "coupon" and not said.get("coupon_id"):
            self.add_error("coupon_id", _("Choose a coupon that campaigns give."))
        if said.get("gives") == "goods":
            found = by_barcode(self.brand_id, said.get("barcode") or "") if said.get("barcode") else None
            if found is None:
                self.add_error("barcode", _("No goods of ours have this barcode."))
            else:
                self.sku_id = found.sku_id
        if said.get("draw"):
            for name in ("first_on", "days", "prize_name", "organizer", "conditions"):
                if not said.get(name):
                    self.add_error(name, _("A draw needs this."))
        return said

    def wanted(self, deal_id: UUID, *, prize: dict[str, Any] | None) -> DealWanted:
        """Give the deal that the form says."""
        said = self.cleaned_data
        draw = None
        if said["draw"]:
            closes = said["closes"] or time(20)
            draw = DrawWanted(
                said["days"], said["first_on"], prize or {}, said["prize_name"], said["prize_value"], said["organizer"], said["conditions"],
                closes.hour * 60 + closes.minute, said["winners_daily"] or 1, said["prize_name_en"], said["conditions_en"],
            )  # fmt: skip
        return DealWanted(
            deal_id, self.brand_id, said["name"], said["price"], said["people"], said["starts_at"], said["ends_at"],
            said["coupon_id"] if said["gives"] == "coupon" else None, self.sku_id, said["quantity"] or 1, said["name_en"],
            worth_minor=said["worth"], group_hours=said["group_hours"], area=said["area"], area_en=said["area_en"],
            cells=tuple(said["cells"].split()), store_ids=tuple(UUID(one) for one in said["store_ids"]), per_member=said["per_member"],
            groups_max=said["groups_max"], draw=draw,
        )  # fmt: skip


def initial_of(deal: GroupDeal | None, draw: DealDraw | None, *, now: Any, organizer: str) -> dict[str, Any]:
    """Give what stands in the fields: a deal's own, or what most would choose."""
    if deal is None:
        start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return {
            "gives": "coupon", "people": 100, "group_hours": 24, "per_member": 1, "quantity": 1, "starts_at": start,
            "ends_at": start + timedelta(days=7), "days": 10, "winners_daily": 1, "closes": time(20), "organizer": organizer,
            "first_on": (start + timedelta(days=1)).date(),
        }  # fmt: skip
    names = ("name", "name_en", "coupon_id", "quantity", "people", "group_hours", "per_member", "groups_max", "starts_at", "ends_at", "area",
             "area_en", "store_ids")  # fmt: skip
    found = {one: getattr(deal, one) for one in names}
    found |= {
        "gives": deal.kind, "price": _main(deal.price_minor), "worth": _main(deal.worth_minor), "cells": " ".join(deal.cells),
        "draw": draw is not None,
    }  # fmt: skip
    if draw is not None:
        of_draw = (
            "first_on",
            "days",
            "winners_daily",
            "prize_name",
            "prize_name_en",
            "organizer",
            "conditions",
            "conditions_en",
        )
        found |= {one: getattr(draw, one) for one in of_draw}
        found |= {
            "closes": time(draw.closes_minute // 60, draw.closes_minute % 60),
            "prize_value": _main(draw.prize_value_minor),
        }
    return found


def _main(minor: int) -> str:
    return f"{minor / 100:.2f}".rstrip("0").rstrip(".") if minor else ""
