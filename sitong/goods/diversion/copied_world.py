"""Made-up lives of codes, honest and copied, and how often the weighing of `copies` errs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import h3
import numpy as np

from sitong.goods.diversion.copies import COPIED_DB, CodeLife, Sight, reasons_of, weight_of
from sitong.goods.diversion.simulation import Found
from sitong.shared.geo.rules import EARTH_RADIUS_M, TERRITORY_RESOLUTION

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 91
DEGREE_KM = EARTH_RADIUS_M / 1000 * np.pi / 180


@dataclass(frozen=True, slots=True)
class Copying:
    """How codes are copied and scanned. `copies` of one genuine code are sold all over the country, each scanned with the probability
    `scanned`; honest codes are scanned again by their owner (`again`), by somebody else (`passed_on`), from a journey (`journey`), and
    are located by a far-away network (`mislocated`) now and then."""

    name: str
    copies: int = 0
    scanned: float = 0.25
    again: float = 0.3
    passed_on: float = 0.1
    journey: float = 0.05
    mislocated: float = 0.01
    voided: bool = False
    activated: bool = True


COPYINGS: Sequence[Copying] = (
    Copying("honest codes"),
    Copying("honest codes, passed on often, poor positions", passed_on=0.3, mislocated=0.05),
    Copying("5 copies", copies=5),
    Copying("20 copies", copies=20),
    Copying("50 copies", copies=50),
    Copying("200 copies", copies=200),
    Copying("20 copies of a void code", copies=20, voided=True),
    Copying("5 copies of a code never activated", copies=5, activated=False),
)


def measure_copies(setting: Copying, *, codes: int, seed: int) -> Found:
    """Weigh so many made-up codes; only those that were scanned at all count."""
    chance = np.random.default_rng(seed)
    life = CodeLife(activated=setting.activated, voided=setting.voided)
    there = alerts = 0
    for code in range(codes):
        sights = sights_of(setting, chance, code)
        if not sights:
            continue
        there += 1
        alerts += weight_of(reasons_of(life, sights)) >= COPIED_DB
    return Found(0, 0, there, alerts) if setting.copies else Found(there, alerts, 0, 0)


def sights_of(setting: Copying, chance: np.random.Generator, code: int) -> list[Sight]:
    """Give the scans of one code: of the genuine item and of its copies."""
    items = 1 + int(chance.binomial(setting.copies, setting.scanned)) if setting.copies else 1
    found: list[Sight] = []
    for item in range(items):
        home = chance.uniform((24.0, 103.0), (40.0, 121.0))
        day = float(chance.uniform(0, DAYS))
        owner = 0
        while True:
            place = home
            if chance.random() < setting.journey:
                place = _there(home, min(1_500.0, float(chance.exponential(300.0))), chance)
            if chance.random() < setting.mislocated:
                place = chance.uniform((24.0, 103.0), (40.0, 121.0))
            cell = h3.latlng_to_cell(float(place[0]), float(place[1]), TERRITORY_RESOLUTION)
            found.append(Sight(START + timedelta(days=day), cell, f"{code}/{item}/{owner}"))
            again = float(chance.random())
            if again < setting.passed_on:
                owner += 1
            elif again >= setting.passed_on + setting.again:
                break
            day += float(chance.exponential(0.5))
    return found


def _there(home: np.ndarray, km: float, chance: np.random.Generator) -> np.ndarray:
    angle = float(chance.uniform(0, 2 * np.pi))
    return home + np.array([np.sin(angle), np.cos(angle) / np.cos(np.radians(home[0]))]) * km / DEGREE_KM
