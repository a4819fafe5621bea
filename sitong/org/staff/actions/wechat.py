"""Staff and WeChat: the brand's app, who is bound to which WeChat user, and sign-in with one tap."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.org.staff.models import WechatApp, WechatBinding
from sitong.org.staff.queries import openid_index
from sitong.org.staff.wechat import AppFacts, WechatUser
from sitong.shared.access.actions.audit import AuditEntry, record
from sitong.shared.access.factors import needs_second_factor
from sitong.shared.access.queries import AccountRow, account_by_id
from sitong.shared.errors import NotSignedIn, Refused


class WechatTaken(Refused):
    """This WeChat user is bound to another account of the brand. Unbind it there first."""

    code = "org.wechat_taken"


class WechatUnbound(NotSignedIn):
    """No staff account of the brand is bound to this WeChat user: sign in with the password once and bind it."""

    code = "org.wechat_unbound"


class WechatNotEnough(NotSignedIn):
    """The account needs its second factor, which one tap does not replace: sign in with the password."""

    code = "org.wechat_not_enough"


def keep_wechat_app(brand_id: UUID, app: AppFacts, *, name: str = "", by: UUID | None, now: datetime) -> WechatApp:
    """Keep the brand's app of one kind with its secret; another app of the kind takes the place of the one before."""
    with transaction.atomic():
        there = (
            WechatApp.objects.select_for_update(no_key=True)
            .filter(brand_id=brand_id, kind=app.kind, closed_at=None)
            .first()
        )
        if there is not None and there.app_id != app.app_id:
            there.closed_at = now
            there.save(update_fields=["closed_at"])
            there = None
        if there is None:
            there = WechatApp(brand_id=brand_id, kind=app.kind, app_id=app.app_id, created_at=now)
        if (there.secret, there.gateway, there.name) != (app.secret, app.gateway, name):
            there.secret, there.gateway, there.name = app.secret, app.gateway, name
            there.save()
            after = {"kind": app.kind, "app_id": app.app_id}
            record([AuditEntry("wechat_app_kept", "org.wechat_app", there.id, brand_id, by, after=after)], at=now)
    return there


def bind_wechat(account: AccountRow, user: WechatUser, *, now: datetime) -> None:
    """Bind one's own staff account to a WeChat user; the one before in the same app is let go. Refused: org.wechat_taken."""
    assert account.brand_id is not None
    index = openid_index(user.app_id, user.openid)
    with transaction.atomic():
        bound = WechatBinding.objects.select_for_update(no_key=True).filter(
            brand_id=account.brand_id, app_id=user.app_id, openid_index=index
        )
        there = bound.first()
        if there is not None and there.account_id == account.id:
            return
        if there is not None:
            raise WechatTaken()
        WechatBinding.objects.filter(account_id=account.id, app_id=user.app_id).delete()
        WechatBinding(
            account_id=account.id, brand_id=account.brand_id, app_id=user.app_id, openid=user.openid, openid_index=index, bound_at=now
        ).save(force_insert=True)  # fmt: skip
        record([AuditEntry("wechat_bound", "shared.account", account.id, account.brand_id, account.id)], at=now)


def unbind_wechat(account_id: UUID, *, brand_id: UUID, by: UUID, now: datetime) -> None:
    """Let all WeChat users of an account go; none is no error."""
    with transaction.atomic():
        if WechatBinding.objects.filter(account_id=account_id).delete()[0]:
            record([AuditEntry("wechat_unbound", "shared.account", account_id, brand_id, by)], at=now)


def sign_in_by_wechat(brand_id: UUID, user: WechatUser) -> AccountRow:
    """Give the staff account bound to a WeChat user that has just proved itself. Changes nothing; the caller shows the brand.

    Refused: org.wechat_unbound (also for a disabled account), org.wechat_not_enough (it needs a second factor).
    """
    index = openid_index(user.app_id, user.openid)
    bound = WechatBinding.objects.filter(brand_id=brand_id, app_id=user.app_id, openid_index=index).first()
    account = account_by_id(bound.account_id) if bound else None
    if account is None:
        raise WechatUnbound()
    if needs_second_factor(account):
        raise WechatNotEnough()
    return account
