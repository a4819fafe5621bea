"""What the pages of staff write: a browser's kind, and kinds of things handed over."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()

SYSTEMS = (
    ("MicroMessenger", "WeChat"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


@register.filter
def device(agent: str) -> str:
    """Say in two words what a browser calls itself at length: "Chrome, Windows"."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return ", ".join(part for part in (browser, system) if part) or _("Unknown device")


@register.filter
def handed(kind: str) -> str:
    """Name a kind of thing that a leaver hands over or loses."""
    names = {
        "org.invites": _("open invitations taken back"),
        "shared.sessions": _("sessions ended"),
    }
    return names.get(kind, kind)


@register.filter
def face(name: str) -> str:
    """Give the sign that stands for a person: the last one of a Chinese name, the first letter of another."""
    own = name.rpartition("·")[2].strip() or name
    return own[-1:] if "\u4e00" <= own[-1:] <= "\u9fff" else own[:1].upper()
