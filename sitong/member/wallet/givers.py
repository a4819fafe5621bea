"""What is given of the wallet to a member who asks, and that it must be empty before the member is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member
from sitong.member.wallet.queries import entries_of, wallets_now
from sitong.shared.errors import Refused

ALL = 100_000


class WalletNotEmpty(Refused):
    """There is money of the member's own left in its wallet; it must be given back before nobody can claim it any more."""

    code = "member.wallet_not_empty"


@gives_of_member("wallet")
def give_wallet(member_ids: Sequence[UUID]) -> Rows:
    """Every entry of the wallet, its own part and the gift."""
    found = [entry for member_id in member_ids for entry in entries_of(member_id, limit=ALL)]
    return [
        {"at": one.at, "kind": one.kind, "amount_minor": one.principal_minor, "gift_minor": one.gift_minor, "currency": one.currency}
        for one in sorted(found, key=lambda entry: entry.at)
    ]  # fmt: skip


@erases_of_member("wallet")
def refuse_while_it_holds_money(member_ids: Sequence[UUID], *, now: datetime) -> int:  # noqa: ARG001  (every eraser is asked alike)
    """Nothing to erase: entries name nobody. Refused while the member's own money is in it: member.wallet_not_empty."""
    if any(wallet.principal_minor for wallet in wallets_now(member_ids).values()):
        raise WalletNotEmpty()
    return 0
