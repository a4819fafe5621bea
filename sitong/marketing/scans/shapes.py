"""What is asked of a scan, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.goods.codes.queries import CodeRead, ProductSaid
from sitong.marketing.giving.rules import Reward
from sitong.shared.errors import Refused


@dataclass(frozen=True, slots=True)
class ScanWanted:
    """Somebody scans a code of a brand. `id` was made by the client; `member_id` None: a stranger, who can win nothing yet.

    `text` is what was scanned or typed, bare or a link. `cell`: an H3 cell of resolution 7 or coarser. `device`: a hash.
    `looks`: only looks; the same id may draw afterwards, and is still the first scan if it was.
    """

    id: UUID
    brand_id: UUID
    text: str
    member_id: UUID | None = None
    store_id: UUID | None = None
    cell: int | None = None
    device: bytes | None = None
    looks: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan says: the code is genuine, and what it is; `before`: how often consumers had scanned it.

    `drawn`: somebody has drawn with it; `mine`: the one who asks. `reward` is what that one has won with it, now or before;
    `fault`: why it could not be handed over yet. `why` says why nobody can draw with it now.
    """

    id: UUID
    read: CodeRead
    product: ProductSaid | None
    before: int
    first_scan_at: datetime | None
    drawn: bool
    mine: bool
    reward: Reward | None
    fault: str
    why: Refused | None
    at: datetime

    @property
    def standing(self) -> str:
        """Give active, idle (never put into use) or void."""
        return "void" if self.read.voided_at else "active" if self.read.activated_at else "idle"
