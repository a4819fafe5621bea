"""What makes the demo easy to enter, and the locks that keep it from ever helping anybody into a real shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from sitong.shared.access.actions.factors import DEMO_PASSWORD, set_up_second_factor
from sitong.shared.access.factors import code_of_now, demo_code_of, has_second_factor
from sitong.shared.access.models import Account
from sitong.shared.access.scope import brands_shown, every_brand

__all__ = ["DEMO_PASSWORD", "TOTP_SECRET", "accounts_shown", "give_demo_factor", "shown_digits"]

TOTP_SECRET = "ONUXI33OM5SGK3LPNZXXIYLT"  # noqa: S105 - known to everybody, given in the demo only


def give_demo_factor(account: Account, *, now: datetime) -> None:
    """Give an account of the demo the second factor that everybody knows, if it has none. Outside of the demo: nothing."""
    if settings.DEMO and not has_second_factor(account):
        with brands_shown([account.brand_id]):
            secret = TOTP_SECRET
            earlier = code_of_now(secret, now=now - timedelta(seconds=30))  # so that the digits of now are still unused
            set_up_second_factor(account.id, secret=secret, code=earlier, by=None, now=now)


def shown_digits(account_id: UUID, brand_id: UUID | None, *, now: datetime) -> str:
    """Give the digits of now for the demo's sign-in page, nothing outside of the demo."""
    if not settings.DEMO:
        return ""
    with brands_shown([brand_id]):
        return demo_code_of(account_id, now=now)


def accounts_shown(system: str) -> list[tuple[str, str]]:
    """Give user name and name of the demo's accounts of a system, for its sign-in page; none outside of the demo."""
    if not settings.DEMO:
        return []
    with every_brand():
        found = Account.objects.filter(system=system, is_active=True).order_by("created_at", "id")
        return list(found.values_list("username", "name")[:8])
