"""Addresses of the pages about members: the desks', the store's phone, the consumer's own."""

from __future__ import annotations

from django.urls import path

from sitong.console.members import desk, joining, me, settings_pages, store

_SHOP = "s/<slug:brand_code>/<str:store_code>/me/"

urlpatterns = [
    path("brand/members/tags/", settings_pages.tags, name="brand_tags"),
    path("brand/members/tags/<uuid:tag_id>/retire/", settings_pages.retire_one_tag),
    path("brand/members/wordings/", settings_pages.wordings, name="brand_wordings"),
    path("brand/members/joins/<uuid:join_id>/undo/", joining.undo, name="brand_join_undo"),
    path("brand/members/<uuid:member_id>/join/", joining.join, name="brand_member_join"),
    path("brand/members/<uuid:member_id>/export/", joining.export),
    path("brand/members/<uuid:member_id>/erase/", joining.erase),
    path("brand/sources/", settings_pages.sources, name="brand_sources"),
    path("brand/sources/growth.csv", settings_pages.sources_csv),
    path("brand/sources/<uuid:source_id>/retire/", settings_pages.retire_one_source),
    *(
        path(f"{system}/members/{rest}", view, name=f"{system}_{name}")
        for system in ("brand", "dealer")
        for rest, view, name in (
            ("", desk.members, "members"),
            ("<uuid:member_id>/", desk.member, "member"),
            ("<uuid:member_id>/reveal/", desk.reveal, "member_reveal"),
            ("<uuid:member_id>/correct/", desk.correct, "member_correct"),
            ("<uuid:member_id>/tag/", desk.tag, "member_tag"),
            ("<uuid:member_id>/note/", desk.note, "member_note"),
            ("<uuid:member_id>/notes/<uuid:note_id>/remove/", desk.unnote, "member_unnote"),
            ("<uuid:member_id>/key/", desk.key, "member_key"),
            ("<uuid:member_id>/keys/<uuid:key_id>/remove/", desk.unkey, "member_unkey"),
        )
    ),
    path("store/members/", store.members, name="store_members"),
    path("store/members/<uuid:member_id>/", store.member, name="store_member"),
    path("store/members/<uuid:member_id>/tag/", store.tag),
    path("store/members/<uuid:member_id>/note/", store.note),
    path(_SHOP, me.me, name="shop-me"),
    path(f"{_SHOP}card/", me.card, name="shop-card"),
    path(f"{_SHOP}consents/", me.consents, name="shop-consents"),
    path(f"{_SHOP}data/", me.data, name="shop-data"),
    path(f"{_SHOP}data/name/", me.rename),
    path(f"{_SHOP}data/phone/", me.phone),
    path(f"{_SHOP}data/export/", me.export),
    path(f"{_SHOP}data/erase/", me.erase, name="shop-erase"),
]
