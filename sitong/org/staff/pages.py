"""The pages of staff: how they come in, who they are, what they changed."""

from __future__ import annotations

from django.urls import path

from sitong.org.staff import desk, joining, own, sign_in

SYSTEMS = ("brand", "dealer", "store")

urlpatterns = [
    path("", sign_in.front, name="front"),
    path("sign-in/", sign_in.choose, name="sign_in"),
    *(path(f"sign-in/{system}/", sign_in.sign_in, {"system": system}, name=f"sign_in_{system}") for system in SYSTEMS),
    path("sign-in/digits/", sign_in.digits, name="sign_in_digits"),
    path("sign-in/second-factor/", sign_in.second_factor, name="second_factor"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("sign-in/wechat/", own.wechat_back, name="wechat_back"),
    path("sign-in/wechat/<slug:brand_code>/", own.wechat_start, name="wechat_start"),
    path("join/<str:secret>/", joining.join, name="join"),
    path("account/", own.own_account, name="own_account"),
    path("account/password/", own.change_password, name="own_password"),
    path("account/pin/", own.change_pin, name="own_pin"),
    path("account/recovery-codes/", own.renew_codes, name="own_codes"),
    path("account/sessions/", own.end, name="own_sessions"),
    path("account/wechat/", own.wechat_bind, name="own_wechat"),
    path("store/clerks/", own.clerks, name="store_clerks"),
    path("brand/wechat/", joining.wechat_apps, name="brand_wechat"),
    *(path(f"{system}/staff/invite/", joining.invite, name=f"{system}_invite") for system in SYSTEMS),
    *(
        path(f"{system}/staff/invite/<uuid:invite_id>/revoke/", joining.revoke, name=f"{system}_invite_revoke")
        for system in SYSTEMS
    ),
    *(
        path(f"{system}/staff/<uuid:account_id>/roles/", joining.edit_roles, name=f"{system}_staff_roles")
        for system in SYSTEMS
    ),
    *(
        path(f"{system}/staff/<uuid:account_id>/leave/", joining.leave, name=f"{system}_staff_leave")
        for system in SYSTEMS
    ),
    *(path(f"{system}/staff/", desk.staff_list, name=f"{system}_staff") for system in SYSTEMS),
    *(path(f"{system}/staff/new/", desk.new_staff, name=f"{system}_staff_new") for system in SYSTEMS),
    *(path(f"{system}/staff/<uuid:account_id>/", desk.staff_detail, name=f"{system}_staff_one") for system in SYSTEMS),
    *(
        path(f"{system}/staff/<uuid:account_id>/<slug:verb>/", desk.change, name=f"{system}_staff_change")
        for system in SYSTEMS
    ),
    path("brand/audit/", desk.change_log, name="brand_audit"),
]
