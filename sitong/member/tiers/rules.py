"""Arithmetic of tiers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TierNow:
    """The tier that a member has at an instant, with its benefits."""

    code: str
    level: int
    name: str
    name_en: str
    discount_bp: int = 0
    points_factor_bp: int = 10_000
    free_delivery: bool = False
    early_hours: int = 0
    birthday_points: int = 0
