"""What changes staff: hired or invited, given roles, PINs and WeChat, disabled, left."""

from sitong.org.staff.actions.changes import (
    NotYourself,
    clear_second_factor,
    disable,
    enable,
    give_roles,
    hire,
    reset_password,
)
from sitong.org.staff.actions.invites import InviteWanted, accept_invite, invite, revoke_invite
from sitong.org.staff.actions.leaving import let_go
from sitong.org.staff.actions.own import change_own_password, renew_recovery_codes
from sitong.org.staff.actions.pins import prove_pin, remove_pin, set_pin
from sitong.org.staff.actions.wechat import bind_wechat, keep_wechat_app, sign_in_by_wechat, unbind_wechat

__all__ = [
    "InviteWanted",
    "NotYourself",
    "accept_invite",
    "bind_wechat",
    "change_own_password",
    "clear_second_factor",
    "disable",
    "enable",
    "give_roles",
    "hire",
    "invite",
    "keep_wechat_app",
    "let_go",
    "prove_pin",
    "remove_pin",
    "renew_recovery_codes",
    "reset_password",
    "revoke_invite",
    "set_pin",
    "sign_in_by_wechat",
    "unbind_wechat",
]
