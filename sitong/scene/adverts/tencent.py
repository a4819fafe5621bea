"""Tencent's advertising interface, Marketing API v3.0 (developers.e.qq.com/v3.0): groups, dynamic creatives, daily reports.

Each request carries `access_token`, `timestamp` (within 300 seconds of the provider's clock) and `nonce` (unique, at most 32
signs) in its address; what is posted is JSON; numbers are numbers. Money is in fen. Places are told on Chinese maps'
coordinates (GCJ-02). The answer is {code, message, message_cn, data}, code 0 for yes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
import requests

from sitong.scene.adverts.provider import AdProviderRefused, AdProviderUnreachable, AdWanted, CardWanted, DayFigures
from sitong.shared.geo import to_gcj02

ADDRESS = "https://api.e.qq.com"
TIMEOUT_S = (3, 10)  # to connect, to answer
PAGE = 100
REPORT_FIELDS = ("date", "adgroup_id", "view_count", "valid_click_count", "cost")


class TencentAds:
    """One advertiser's account."""

    def __init__(self, *, account_number: str, access_token: str, gateway: str = "") -> None:
        self._account, self._token = int(account_number), access_token
        self._gateway = gateway or ADDRESS

    def find_group(self, name: str) -> str | None:
        """Give the number of the group of this name, None where there is none."""
        return self._find("adgroups", "adgroup_name", name, "adgroup_id")

    def make_group(self, wanted: AdWanted) -> str:
        """Make a group around the place: who lives there or was there lately sees it, in WeChat and on Tencent's other sites."""
        center = to_gcj02(wanted.center)
        place = {"longitude": center.longitude, "latitude": center.latitude, "radius": wanted.radius_m}
        data = self._post("adgroups/add", {
            "adgroup_name": wanted.name,
            "marketing_goal": "MARKETING_GOAL_USER_GROWTH",
            "marketing_carrier_type": "MARKETING_CARRIER_TYPE_JUMP_PAGE",
            "begin_date": wanted.starts_on.isoformat(),
            "end_date": wanted.ends_on.isoformat(),
            "time_series": "1" * 336,
            "automatic_site_enabled": True,
            "bid_mode": "BID_MODE_CPC",
            "bid_amount": BID_MINOR,
            "daily_budget": wanted.daily_minor,
            "targeting": {"geo_location": {"location_types": ["LIVE_IN", "RECENTLY_IN"], "custom_locations": [place]}},
            "configured_status": "AD_STATUS_NORMAL",
        })  # fmt: skip
        return _number(data, "adgroup_id")

    def find_card(self, name: str) -> str | None:
        """Give the number of the card of this name, None where there is none."""
        return self._find("dynamic_creatives", "dynamic_creative_name", name, "dynamic_creative_id")

    def make_card(self, wanted: CardWanted) -> str:
        """Make the card of a group: title, text, picture, and the shop's page behind it."""
        components: dict[str, Any] = {
            "title": [{"value": {"content": wanted.title}}],
            "description": [{"value": {"content": wanted.text}}],
            "main_jump_info": [
                {"value": {"page_type": "PAGE_TYPE_H5", "page_spec": {"h5_spec": {"page_url": wanted.link}}}}
            ],
        }
        if wanted.picture:
            components["image"] = [{"value": {"image_url": wanted.picture}}]
        data = self._post("dynamic_creatives/add", {
            "adgroup_id": int(wanted.group_id),
            "dynamic_creative_name": wanted.name,
            "delivery_mode": "DELIVERY_MODE_COMPONENT",
            "creative_components": components,
            "configured_status": "AD_STATUS_NORMAL",
        })  # fmt: skip
        return _number(data, "dynamic_creative_id")

    def figures(self, group_ids: Sequence[str], *, first: date, last: date) -> list[DayFigures]:
        """Give the daily report by group, all its pages."""
        found: list[DayFigures] = []
        page = 1
        while group_ids:
            data = self._get("daily_reports/get", {
                "level": "REPORT_LEVEL_ADGROUP",
                "date_range": {"start_date": first.isoformat(), "end_date": last.isoformat()},
                "filtering": [{"field": "adgroup_id", "operator": "IN", "values": list(group_ids)}],
                "group_by": ["date", "adgroup_id"],
                "fields": list(REPORT_FIELDS),
                "page": page,
                "page_size": PAGE,
            })  # fmt: skip
            try:
                found += [
                    DayFigures(str(row["adgroup_id"]), date.fromisoformat(row["date"]), int(row["view_count"]), int(row["valid_click_count"]),
                               int(row["cost"]))
                    for row in data.get("list", ())
                ]  # fmt: skip
                pages = int(data.get("page_info", {}).get("total_page", 1))
            except (KeyError, TypeError, ValueError) as wrong:
                raise AdProviderUnreachable(why=str(wrong)) from None
            if page >= pages:
                break
            page += 1
        return found

    def _find(self, resource: str, field: str, name: str, number: str) -> str | None:
        data = self._get(f"{resource}/get", {
            "filtering": [{"field": field, "operator": "EQUALS", "values": [name]}], "fields": [field, number], "page": 1, "page_size": 10,
        })  # fmt: skip
        rows = [row for row in data.get("list", ()) if row.get(field) == name]
        return _number(rows[0], number) if rows else None

    def _get(self, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        written = {
            key: one if isinstance(one, str) else orjson.dumps(one).decode()
            for key, one in {"account_id": self._account, **asked}.items()
        }
        return self._ask("GET", action, params=written)

    def _post(self, action: str, said: dict[str, Any]) -> dict[str, Any]:
        return self._ask("POST", action, data=orjson.dumps({"account_id": self._account, **said}))

    def _ask(
        self, method: str, action: str, *, params: dict[str, str] | None = None, data: bytes | None = None
    ) -> dict[str, Any]:
        said = {
            "access_token": self._token,
            "timestamp": str(int(time.time())),
            "nonce": secrets.token_hex(16),
            **(params or {}),
        }
        headers = {"Content-Type": "application/json"} if data is not None else {}
        try:
            answer = requests.request(
                method,
                f"{self._gateway}/v3.0/{action}",
                params=said,
                data=data,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
            told = answer.json() if answer.status_code < 500 else None
        except (requests.RequestException, ValueError) as failed:
            raise AdProviderUnreachable(why=type(failed).__name__) from None
        if not isinstance(told, dict) or not isinstance(told.get("code"), int):
            raise AdProviderUnreachable(why=f"HTTP {answer.status_code}")
        if told["code"] != 0:
            why = str(told.get("message_cn") or told.get("message") or "")
            raise AdProviderRefused(provider_code=str(told["code"]), why=why[:150])
        found = told.get("data")
        return found if isinstance(found, dict) else {}


BID_MINOR = 100
"""One yuan a click is offered; the provider charges what its auction says, at most the day's budget."""


def _number(row: dict[str, Any], key: str) -> str:
    if not isinstance(row.get(key), int):
        raise AdProviderUnreachable(why=f"no {key}")
    return str(row[key])
