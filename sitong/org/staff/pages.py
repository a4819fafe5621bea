"""The pages of staff: how they come in, who they are, what they changed."""

from __future__ import annotations

from django.urls import path

from sitong.org.staff import desk, sign_in

SYSTEMS = ("brand", "dealer", "store")

urlpatterns = [
    path("", sign_in.front, name="front"),
    path("sign-in/", sign_in.choose, name="sign_in"),
    *(path(f"sign-in/{system}/", sign_in.sign_in, {"system": system}, name=f"sign_in_{system}") for system in SYSTEMS),
    path("sign-in/digits/", sign_in.digits, name="sign_in_digits"),
    path("sign-in/second-factor/", sign_in.second_factor, name="second_factor"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    *(path(f"{system}/staff/", desk.staff_list, name=f"{system}_staff") for system in SYSTEMS),
    *(path(f"{system}/staff/new/", desk.new_staff, name=f"{system}_staff_new") for system in SYSTEMS),
    *(path(f"{system}/staff/<uuid:account_id>/", desk.staff_detail, name=f"{system}_staff_one") for system in SYSTEMS),
    *(
        path(f"{system}/staff/<uuid:account_id>/<slug:verb>/", desk.change, name=f"{system}_staff_change")
        for system in SYSTEMS
    ),
    path("brand/audit/", desk.change_log, name="brand_audit"),
]
