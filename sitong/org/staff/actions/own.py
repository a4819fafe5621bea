"""What somebody changes about the own account: the password, and the recovery codes of the second factor."""

from __future__ import annotations

from datetime import datetime

from sitong.shared.access.actions import accounts, factors
from sitong.shared.access.queries import AccountRow


def change_own_password(account: AccountRow, *, old: str, new: str, now: datetime) -> AccountRow:
    """Change one's own password; all other sessions end. Refused: shared.password_wrong, shared.password_weak."""
    proved = factors.prove_password(
        username=account.username, password=old, systems=frozenset({account.system}), now=now
    )
    return accounts.set_password(proved.id, password=new, by=proved.id, now=now)


def renew_recovery_codes(account: AccountRow, *, code: str, now: datetime) -> list[str]:
    """Give new recovery codes for six digits of now; the old ones stop working.

    Refused: shared.second_factor_missing, shared.second_factor_wrong.
    """
    factors.prove_second_factor(account, code=code, now=now)
    return factors.renew_recovery_codes(account.id, by=account.id, now=now)
