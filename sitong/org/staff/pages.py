"""The pages of staff: how they come in."""

from __future__ import annotations

from django.urls import path

from sitong.org.staff import sign_in

urlpatterns = [
    path("sign-in/", sign_in.choose, name="sign_in"),
    *(path(f"sign-in/{system}/", sign_in.sign_in, {"system": system}, name=f"sign_in_{system}") for system in ("brand", "dealer", "store")),
    path("sign-in/digits/", sign_in.digits, name="sign_in_digits"),
    path("sign-in/second-factor/", sign_in.second_factor, name="second_factor"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
