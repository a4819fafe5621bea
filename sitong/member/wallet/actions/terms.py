"""A brand's terms for stored value, and its offers: refused where the law ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.wallet.models import BEARER_CAP_MAX_MINOR, NAMED_CAP_MAX_MINOR, TopUpPlan, WalletTerms
from sitong.member.wallet.queries import PLAN_FIELDS, PlanView, Terms, terms_of
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

PLANS_MAX = 20


class WalletCapUnlawful(Refused):
    """The cap is above what the law allows for such a card: facts most (minor units), named (1 or 0)."""

    code = "member.wallet_cap_unlawful"


class PlanAboveCap(Refused):
    """Nobody could ever buy this plan: what is paid and given is more than a named wallet may hold. Fact cap (minor units)."""

    code = "member.topup_plan_above_cap"


class PlanMalformed(Refused):
    """A plan has a name, is paid for, and its gift is not negative; a brand has at most `most` open ones."""

    code = "member.topup_plan_malformed"


@dataclass(frozen=True, slots=True)
class PlanWanted:
    """An offer to pay in. The same id is the same plan."""

    id: UUID
    brand_id: UUID
    name: str
    pay_minor: int
    gift_minor: int = 0
    name_en: str = ""


def set_terms(
    *,
    brand_id: UUID,
    named_cap_minor: int,
    bearer_cap_minor: int,
    issuer_id: UUID | None,
    by: UUID | None,
    now: datetime,
) -> Terms:
    """Set what a brand's wallets may hold and who owes it. Refused: member.wallet_cap_unlawful, with the law's own cap.

    Source: 单用途商业预付卡管理办法（试行）, article 18. Wallets that hold more already keep it and take nothing more.
    """
    for named, wanted, most in ((1, named_cap_minor, NAMED_CAP_MAX_MINOR), (0, bearer_cap_minor, BEARER_CAP_MAX_MINOR)):
        if not 0 <= wanted <= most:
            raise WalletCapUnlawful(most=most, most_shown=f"¥{most // 100:,}", named=named)
    with transaction.atomic():
        before = terms_of(brand_id)
        facts = {"named_cap_minor": named_cap_minor, "bearer_cap_minor": bearer_cap_minor, "issuer_id": issuer_id}
        WalletTerms.objects.update_or_create(brand_id=brand_id, defaults={**facts, "changed_at": now, "by": by})
        after = terms_of(brand_id)
        if before != after:
            record(
                [AuditEntry("changed", "member.wallet_terms", brand_id, brand_id, by, _said(before), _said(after))],
                at=now,
            )
    return after


def open_plans(wanted: Sequence[PlanWanted], *, by: UUID | None, now: datetime) -> list[PlanView | Refused]:
    """Open top-up plans. Refused: member.topup_plan_above_cap, member.topup_plan_malformed, shared.repeat_differs."""
    with transaction.atomic():
        earlier = TopUpPlan.objects.in_bulk([one.id for one in wanted])
        caps = {brand_id: terms_of(brand_id).named_cap_minor for brand_id in {one.brand_id for one in wanted}}
        count = {
            brand_id: TopUpPlan.objects.filter(brand_id=brand_id, closed_at__isnull=True).count() for brand_id in caps
        }
        outcomes: list[PlanView | Refused] = []
        fresh: list[TopUpPlan] = []
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                same = (before.brand_id, before.pay_minor, before.gift_minor) == (
                    one.brand_id,
                    one.pay_minor,
                    one.gift_minor,
                )
                outcomes.append(_view(before) if same else RepeatDiffers(id=one.id))
            elif not one.name.strip() or one.pay_minor <= 0 or one.gift_minor < 0 or count[one.brand_id] >= PLANS_MAX:
                outcomes.append(PlanMalformed(most=PLANS_MAX))
            elif one.pay_minor + one.gift_minor > caps[one.brand_id]:
                outcomes.append(PlanAboveCap(cap=caps[one.brand_id]))
            else:
                plan = earlier[one.id] = TopUpPlan(
                    id=one.id, brand_id=one.brand_id, name=one.name.strip()[:40], name_en=one.name_en.strip()[:40],
                    pay_minor=one.pay_minor, gift_minor=one.gift_minor, opened_at=now, by=by,
                )  # fmt: skip
                count[one.brand_id] += 1
                fresh.append(plan)
                outcomes.append(_view(plan))
        TopUpPlan.objects.bulk_create(fresh)
        record([AuditEntry("opened", "member.topup_plan", plan.id, plan.brand_id, by,
                           after={"name": plan.name, "pay_minor": plan.pay_minor, "gift_minor": plan.gift_minor})
                for plan in fresh], at=now)  # fmt: skip
        return outcomes


def close_plan(plan_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> None:
    """Close a plan: nobody can buy it any more. Closed again it stays as it is. Refused: shared.not_found."""
    with transaction.atomic():
        plan = TopUpPlan.objects.select_for_update(no_key=True).filter(id=plan_id, brand_id=brand_id).first()
        if plan is None:
            raise NotFound(what="plan")
        if plan.closed_at is None:
            plan.closed_at = now
            plan.save(update_fields=["closed_at"])
            record([AuditEntry("closed", "member.topup_plan", plan.id, brand_id, by)], at=now)


def reopen_plan(plan_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> None:
    """Take a closing back. Refused: shared.not_found, member.topup_plan_above_cap when the cap is lower meanwhile."""
    with transaction.atomic():
        plan = TopUpPlan.objects.select_for_update(no_key=True).filter(id=plan_id, brand_id=brand_id).first()
        if plan is None:
            raise NotFound(what="plan")
        if plan.pay_minor + plan.gift_minor > (cap := terms_of(brand_id).named_cap_minor):
            raise PlanAboveCap(cap=cap)
        if plan.closed_at is not None:
            plan.closed_at = None
            plan.save(update_fields=["closed_at"])
            record([AuditEntry("opened", "member.topup_plan", plan.id, brand_id, by)], at=now)


def _view(plan: TopUpPlan) -> PlanView:
    return PlanView(*(getattr(plan, name) for name in PLAN_FIELDS))


def _said(terms: Terms) -> dict[str, str | int]:
    return {
        "named_cap_minor": terms.named_cap_minor,
        "bearer_cap_minor": terms.bearer_cap_minor,
        "issuer_id": str(terms.issuer_id or ""),
    }
