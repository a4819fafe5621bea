"""What a member has, and all that happened to it, on one time line: read from every word, written by none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sitong.marketing.coupons.queries.held import counted_claims
from sitong.marketing.coupons.queries.member import claims_kept
from sitong.marketing.messages.looks import CHANNELS, STATES, cause_said
from sitong.marketing.messages.queries.desk import messages_of_member, template_names
from sitong.member.consent.queries import consents_of
from sitong.member.identity.queries import MemberFacts, joins_of
from sitong.member.points.queries import READY, UNIT, plan_of, points_now
from sitong.member.profile.queries import notes_of, tags_of, visits_of
from sitong.member.templatetags.members import join_reason, purpose_name, visit_name
from sitong.member.tiers.queries import tiers_of
from sitong.member.tiers.rules import TierNow
from sitong.member.wallet.queries import entries_of, wallets_now
from sitong.scene.orders.queries import orders_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.ledger.queries import accounts_of, statement_of

PAGE = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the time line. `address` leads to it, `by` is the account that did it."""

    at: datetime
    icon: str
    title: str
    text: str = ""
    address: str = ""
    store_id: UUID | None = None
    by: UUID | None = None
    amount_minor: int | None = None
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a member has now."""

    points_ready: int | None
    points_pending: int
    principal_minor: int
    gift_minor: int
    coupons: int
    tier: TierNow | None

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.gift_minor


def holdings_of(member: MemberFacts, *, at: datetime) -> Holdings:
    """Give a member's points, wallet, coupons and tier. No plan: no points (None), no tier."""
    points = points_now([member.id]).get(member.id)
    wallet = wallets_now([member.id]).get(member.id)
    has_plan = plan_of(member.brand_id) is not None
    return Holdings(
        points.ready if points and (has_plan or points.ready) else 0 if has_plan else None,
        points.pending if points else 0,
        wallet.principal_minor if wallet else 0,
        wallet.gift_minor if wallet else 0,
        counted_claims(member.id, at=at),
        tiers_of([member.id], at=at).get(member.id),
    )


def time_line(
    member: MemberFacts, viewer: Viewer, *, store_ids: Collection[UUID] | None, before: datetime | None
) -> tuple[list[Entry], datetime | None]:
    """Give a page of what happened, the newest first, and the instant before which the next page begins (None: the end).

    Things of one instant are never parted by a page's end. Of stores that the viewer may not see, nothing.
    """
    lines: list[Callable[[], Iterator[Entry]]] = [
        lambda: _orders(member, viewer, before),
        lambda: _visits(member, store_ids, before),
    ]
    if store_ids is None:
        lines += [
            lambda: _consents(member, before),
            lambda: _joins(member),
            lambda: _wallet(member, before),
            lambda: _points(member, before),
            lambda: _coupons(member),
            lambda: _messages(member, before),
        ]
    lines += [lambda: _notes(member, before), lambda: _tags(member)]
    found = [one for line in lines for one in line() if before is None or one.at < before]
    if before is None or member.joined_at < before:
        found.append(Entry(member.joined_at, "user", _("Joined"), store_id=member.home_store_id))
    found.sort(key=lambda one: one.at, reverse=True)
    page = found[:PAGE]
    page += [one for one in found[PAGE:] if one.at == page[-1].at]
    return page, page[-1].at if len(found) > len(page) else None


def accounts_in(entries: Sequence[Entry]) -> set[UUID]:
    """Give the accounts that did something on the line."""
    return {one.by for one in entries if one.by}


def _orders(member: MemberFacts, viewer: Viewer, before: datetime | None) -> Iterator[Entry]:
    found = orders_visible_to(viewer).filter(member_id=member.id)
    if before:
        found = found.filter(placed_at__lt=before)
    rows = found.order_by("-placed_at", "-id").values_list(
        "id", "number", "store_id", "state", "total_minor", "currency", "placed_at"
    )
    names: Mapping[str, str] = {
        "placed": _("Ordered, to be paid"), "paid": _("Ordered and paid"), "handed_over": _("Bought"),
        "canceled": _("Ordered, then canceled"), "expired": _("Ordered, not paid in time"),
    }  # fmt: skip
    for id, number, store_id, state, total_minor, currency, at in rows[: PAGE + 1]:
        address = f"/{viewer.system}/orders/{id}/"
        yield Entry(at, "receipt", names.get(state, state), number, address, store_id, None, total_minor, currency)


def _visits(member: MemberFacts, store_ids: Collection[UUID] | None, before: datetime | None) -> Iterator[Entry]:
    for one in visits_of(member.id, before=before, limit=PAGE + 1, store_ids=store_ids):
        yield Entry(one.at, "map-pin", visit_name(one.kind), store_id=one.store_id)


def _messages(member: MemberFacts, before: datetime | None) -> Iterator[Entry]:
    rows = messages_of_member(member.id, before=before, limit=PAGE + 1)
    names = template_names({one.template_id for one in rows})
    english = (get_language() or "").startswith("en")
    for one in rows:
        name = names.get(one.template_id, ("", ""))[english]
        text = f"{CHANNELS[one.channel]} · {STATES[one.state][0]} · {cause_said(one.cause)}"
        yield Entry(one.send_after, "message", name or _("Message"), text)


def _notes(member: MemberFacts, before: datetime | None) -> Iterator[Entry]:
    for one in notes_of(member.id, before=before, limit=PAGE + 1):
        yield Entry(one.at, "list-details", _("Noted by staff"), one.text, by=one.by)


def _tags(member: MemberFacts) -> Iterator[Entry]:
    for one in tags_of([member.id]):
        yield Entry(one.at, "tag", _("Tag"), one.name, by=one.by)


def _consents(member: MemberFacts, before: datetime | None) -> Iterator[Entry]:
    for one in consents_of(member.id, before=before, limit=PAGE + 1):
        title = _("Consented") if one.yes else _("Withdrew consent")
        yield Entry(one.at, "circle-check" if one.yes else "circle-x", title, purpose_name(one.purpose))


def _joins(member: MemberFacts) -> Iterator[Entry]:
    for one in joins_of(member.id):
        yield Entry(one.joined_at, "link", _("Joined with another member"), join_reason(one.reason), by=one.by)
        if one.undone_at:
            yield Entry(one.undone_at, "transfer", _("Join undone"), one.undone_reason, by=one.undone_by)


def _wallet(member: MemberFacts, before: datetime | None) -> Iterator[Entry]:
    for one in entries_of(member.id, before=before, limit=PAGE + 1):
        yield Entry(
            one.at, "wallet", _("Wallet"), "", amount_minor=one.principal_minor + one.gift_minor, currency=one.currency
        )


def _points(member: MemberFacts, before: datetime | None) -> Iterator[Entry]:
    account = accounts_of([member.id]).filter(unit=UNIT, kind=READY).first()
    if account is None:
        return
    rows = statement_of(account.id)
    for one in (rows.filter(at__lt=before) if before else rows)[: PAGE + 1]:
        signed = one.amount if one.credit_account_id == account.id else -one.amount
        yield Entry(one.at, "coin", _("Points"), f"{signed:+,}")


def _coupons(member: MemberFacts) -> Iterator[Entry]:
    for one in claims_kept([member.id]):
        yield Entry(one["claimed_at"], "ticket", _("Got a coupon"), one["coupon"])
        if one["redeemed_at"]:
            yield Entry(
                one["redeemed_at"], "discount", _("Redeemed a coupon"), one["coupon"], amount_minor=one["saved_minor"]
            )
