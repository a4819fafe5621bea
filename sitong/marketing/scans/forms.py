"""What people fill in about a scan plan and a rebate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.goods.catalog.queries.numbers import products_by_numbers
from sitong.marketing.coupons.forms import MOMENT, Amount
from sitong.marketing.giving.actions import RewardImpossible
from sitong.marketing.giving.forms import read_rewards, reward_shown
from sitong.marketing.scans.looks import LEVELS
from sitong.marketing.scans.rules import Prize

ROWS = 6
"""As many prizes as the page has rows for; the API takes more."""
COUNT: dict[str, Any] = {"required": False, "min_value": 1, "max_value": 2_000_000_000}


@dataclass(frozen=True, slots=True)
class PrizeRow:
    """One row of the form, as it was typed or as it stands."""

    name: str
    reward: Any
    chance: str = ""
    cost: str = ""
    quantity: str = ""


class ScanPlanForm(forms.Form):
    """One plan without its prizes; those are read by `prizes_typed`, a row each."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    batch = forms.ChoiceField(label=_("Batch of codes"), required=False)
    product = forms.CharField(label=_("or product: its code or barcode"), max_length=40, required=False)
    starts_at = forms.DateTimeField(label=_("Begins"), **MOMENT)
    ends_at = forms.DateTimeField(label=_("Ends"), **MOMENT)
    budget = Amount(label=_("Budget"))
    rewards_daily = forms.IntegerField(label=_("Rewards a day"), **COUNT)
    per_member = forms.IntegerField(label=_("Codes for each member"), **COUNT)
    per_member_daily = forms.IntegerField(label=_("Codes a day for each member"), **COUNT)

    def __init__(self, *args: Any, brand_id: UUID, batches: Sequence[Any] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.brand_id = brand_id
        self.fields["batch"].choices = [("", "—"), *batches]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Find the product, and hold together what belongs together; the action refuses the rest."""
        said: dict[str, Any] = super().clean() or {}
        number = said.get("product", "").strip()
        said["product_id"] = products_by_numbers(self.brand_id, [number]).get(number) if number else None
        if number and said["product_id"] is None:
            self.add_error("product", _("There is no such product."))
        if bool(said.get("batch")) == bool(number):
            self.add_error("batch", _("Choose a batch or a product, one of the two."))
        if said.get("starts_at") and said.get("ends_at") and said["starts_at"] >= said["ends_at"]:
            self.add_error("ends_at", _("The end lies after the beginning."))
        return said

    def fields_of_plan(self) -> dict[str, Any]:
        """Give the fields of the plan that this form says, without its prizes."""
        said = self.cleaned_data
        return {
            "name": said["name"], "name_en": said["name_en"], "batch_id": UUID(said["batch"]) if said["batch"] else None,
            "product_id": said["product_id"], "starts_at": said["starts_at"], "ends_at": said["ends_at"], "budget_minor": said["budget"] or None,
            "rewards_daily": said["rewards_daily"], "per_member": said["per_member"], "per_member_daily": said["per_member_daily"],
        }  # fmt: skip


class RebateForm(forms.Form):
    """A rebate for scanned receipts."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    level = forms.ChoiceField(label=_("For each"), choices=list(LEVELS.items()), initial="box")
    amount = Amount(label=_("Amount"))
    budget = Amount(label=_("Budget"))
    starts_at = forms.DateTimeField(label=_("Begins"), **MOMENT)
    ends_at = forms.DateTimeField(label=_("Ends"), **MOMENT)


def prizes_typed(posted: Any, *, currency: str) -> list[Prize]:
    """Read the rows of prizes that are filled in. Chances are typed in percent. Raises marketing.reward_impossible."""
    prizes = []
    for at in range(ROWS):
        rewards = read_rewards(posted, f"prize{at}", currency=currency)
        if not rewards:
            continue
        try:
            chance = int(Decimal(posted.get(f"chance{at}", "") or "100").scaleb(4))
            cost = int(Decimal(posted.get(f"cost{at}", "") or "0").scaleb(2))
            quantity = int(posted.get(f"quantity{at}", "") or 0) or None
        except (InvalidOperation, ValueError, OverflowError):
            raise RewardImpossible(kind=rewards[0].kind, amount=0) from None
        cost = rewards[0].amount if rewards[0].kind == "cash" else cost
        prizes.append(Prize(rewards[0], chance, cost, quantity))
    return prizes


def rows_shown(prizes: Sequence[Prize], *, currency: str) -> list[PrizeRow]:
    """Give the form's rows for prizes as they stand, and empty ones after them."""
    rows = [
        PrizeRow(
            f"prize{at}", reward_shown(one.reward, currency=currency), _plain(Decimal(one.chance_ppm).scaleb(-4)),
            _plain(Decimal(one.cost_minor).scaleb(-2)), str(one.quantity or ""),
        )
        for at, one in enumerate(prizes[:ROWS])
    ]  # fmt: skip
    return rows + [PrizeRow(f"prize{at}", reward_shown(None)) for at in range(len(rows), ROWS)]


def rows_typed(posted: Any) -> list[PrizeRow]:
    """Give the form's rows as they were typed."""
    return [
        PrizeRow(
            f"prize{at}", {"what": posted.get(f"prize{at}_what", ""), "amount": posted.get(f"prize{at}_amount", "1")},
            posted.get(f"chance{at}", ""), posted.get(f"cost{at}", ""), posted.get(f"quantity{at}", ""),
        )
        for at in range(ROWS)
    ]  # fmt: skip


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
