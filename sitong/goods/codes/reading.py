"""What the topic's queries and actions say of codes: frozen facts, and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sitong.shared.errors import Refused


class CodeUnknown(Refused):
    """No code of this brand: misread, forged, or another brand's. Which of these is not told."""

    code = "goods.code_unknown"


@dataclass(frozen=True, slots=True)
class CodeRead:
    """A genuine code: which one it is, and what it stands for as it was bound in production, or else as its batch says.

    `has_inner`: what carries it has a second code, under its cap.
    """

    letters: str
    brand_id: UUID
    batch_id: UUID
    serial: int
    level: str
    side: str
    product_id: UUID | None
    sku_id: UUID | None
    lot: str
    produced_on: date | None
    expires_on: date | None
    activated_at: datetime | None
    voided_at: datetime | None
    has_inner: bool = False

    @property
    def key(self) -> tuple[UUID, int]:
        """The thing that carries it: its outer and its inner code have the same key."""
        return self.batch_id, self.serial


@dataclass(frozen=True, slots=True)
class ProductSaid:
    """What people are told of the product behind a code."""

    id: UUID
    sku_id: UUID
    name: str
    name_en: str
    variant: str
    variant_en: str
    picture: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan found: the code, and how often consumers had scanned it `before`. A repeat of the id gets the same again.

    `first_scan_at` is when a consumer scanned this side of it first: now, if `before` is 0 and a consumer scans.
    """

    id: UUID
    code: CodeRead
    role: str
    at: datetime
    first_scan_at: datetime | None
    before: int
    product: ProductSaid | None

    @property
    def activated(self) -> bool:
        """Whether the code was in use when it was looked at."""
        return self.code.activated_at is not None

    @property
    def void(self) -> bool:
        """Whether the code holds no more."""
        return self.code.voided_at is not None
