"""A point on the earth."""

from __future__ import annotations

from dataclasses import dataclass

DEGREE_E6 = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Latitude and longitude in millionths of a degree (0.11 m), WGS-84 unless a function's name says otherwise."""

    latitude_e6: int
    longitude_e6: int

    def __post_init__(self) -> None:
        if type(self.latitude_e6) is not int or type(self.longitude_e6) is not int:
            raise TypeError("a position is two whole numbers of millionths of a degree")
        if abs(self.latitude_e6) > 90 * DEGREE_E6 or abs(self.longitude_e6) > 180 * DEGREE_E6:
            raise ValueError("latitude lies within 90 degrees, longitude within 180")

    @classmethod
    def of_degrees(cls, latitude: float, longitude: float) -> Position:
        """Make a position of degrees, rounded to the nearest millionth."""
        return cls(round(latitude * DEGREE_E6), round(longitude * DEGREE_E6))

    @property
    def latitude(self) -> float:
        """Degrees north."""
        return self.latitude_e6 / DEGREE_E6

    @property
    def longitude(self) -> float:
        """Degrees east."""
        return self.longitude_e6 / DEGREE_E6
