"""What the pages of staff share: their shell, their address, the places at which a viewer may give roles."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer


def places_to_give(viewer: Viewer) -> list[tuple[str, Any]]:
    """Give the places as a form's choices: "kind id" and the name."""
    places: list[tuple[str, Any]] = [
        (f"brand {place}", _("Headquarters")) for place in viewer.place_ids("brand", "staff.change")
    ]
    places += [
        (f"dealer {one.id}", one.name)
        for one in dealers_visible_to(viewer, "staff.change").filter(closed_at=None).order_by("path")
    ]
    return places + [
        (f"store {one.id}", f"{one.code} {one.name}")
        for one in stores_visible_to(viewer, "staff.change").filter(closed_at=None).order_by("code")
    ]


def home_of(viewer: Viewer) -> str:
    """Give the address of the staff list in the viewer's console."""
    return f"/{viewer.system}/staff/"


def shell_of(viewer: Viewer) -> str:
    """Give the template that the viewer's console extends."""
    return "console/phone.html" if viewer.system == "store" else "console/desk.html"
