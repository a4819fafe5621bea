"""What others may hear of brands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class BrandFounded(Happening):
    name: ClassVar[str] = "org.brand_founded"
    code: str
