"""Who can sign in to the demo. These passwords work in the demo only: a platform without SITONG_DEMO=1 never makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.org.staff.actions import set_pin
from sitong.org.staff.queries import has_pin
from sitong.shared.access.actions.accounts import StaffWanted, create_staff
from sitong.shared.access.viewer import Place

PASSWORD = "sitong-demo-2026"  # noqa: S105 - known to everybody, for the demo alone
BRAND_CODE = "sitong"
PINS = {"manager": "204060", "clerk": "135790", "clerk2": "246802"}
"""With which the demo's clerks take a till over from each other."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo: who, at which place, in which role."""

    username: str
    name: str
    system: str
    place_kind: str
    place_key: str
    role: str


def accounts(busiest_store: int, second_store: int) -> list[DemoAccount]:
    """Give the demo's staff: headquarters, a dealer, and the clerks of two stores."""
    return [
        DemoAccount("brand", "总部·林岚", "brand", "brand", "brand", "owner"),
        DemoAccount("marketing", "市场·周舟", "brand", "brand", "brand", "marketing"),
        DemoAccount("dealer", "经销商·陈东", "dealer", "dealer", "D1", "manager"),
        DemoAccount("manager", "店长·何静", "store", "store", str(busiest_store), "manager"),
        DemoAccount("clerk", "店员·小吴", "store", "store", str(busiest_store), "clerk"),
        DemoAccount("clerk2", "店员·小郑", "store", "store", str(second_store), "clerk"),
    ]


def open_accounts(brand_id: UUID, busiest_store: int, second_store: int, *, now: datetime) -> None:
    """Open the demo's staff accounts; those that stand stay as they are."""
    for one in accounts(busiest_store, second_store):
        place_id = brand_id if one.place_kind == "brand" else made_id(one.place_kind, one.place_key)
        account_id = made_id("account", one.username)
        create_staff(
            StaffWanted(
                id=account_id, brand_id=brand_id, system=one.system, username=one.username, name=one.name,
                places=(Place(one.place_kind, place_id, one.role),), password=PASSWORD,
            ),
            by=None, now=now,
        )  # fmt: skip
        if one.system == "store" and not has_pin(account_id):
            set_pin(account_id, brand_id=brand_id, pin=PINS[one.username], now=now)
