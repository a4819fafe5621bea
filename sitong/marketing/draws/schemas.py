"""What the draws' API takes and gives; the hot lane and the ninja router share it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from sitong.marketing.draws.definition import COUNT_MAX, DAYS_MAX, PRIZES_MAX, RELEASES_MAX, WEIGHTS_MAX
from sitong.marketing.draws.rules import DrawRules, Prize, Release
from sitong.marketing.giving.rules import Reward

Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
Said = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
Number = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{3,20})?$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,40}$")]
Amount = Annotated[int, Field(ge=0, le=10**12, strict=True)]
Count = Annotated[int, Field(ge=1, le=COUNT_MAX, strict=True)]
Way = Literal["free", "chance", "points"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PrizeRewardIn(Strict):
    """points, coupon, gift, cash (minor units) or chance (plays of the draw `ref_id`)."""

    kind: Literal["points", "coupon", "gift", "cash", "chance"]
    amount: Count = 1
    ref_id: UUID | None = None


class PrizeReleaseIn(Strict):
    """So many can be won from an instant on."""

    at: AwareDatetime
    quantity: Count


class DrawPrizeIn(Strict):
    """One prize; without a reward it is goods, claimed by `ways`. Without releases as many are won as chance gives."""

    id: UUID
    name: Name
    name_en: Name = ""
    weight: int = Field(0, ge=0, le=WEIGHTS_MAX, strict=True)
    value_minor: Amount = 0
    reward: PrizeRewardIn | None = None
    ways: list[Literal["address", "store"]] = Field([], max_length=2)
    releases: list[PrizeReleaseIn] = Field([], max_length=RELEASES_MAX)
    guaranteed: bool = False
    consolation: bool = False

    def read(self) -> Prize:
        """Give the prize as rules know it."""
        reward = Reward(self.reward.kind, self.reward.amount, self.reward.ref_id) if self.reward else None
        releases = tuple(Release(one.at, one.quantity) for one in self.releases)
        return Prize(
            self.id, self.name, self.name_en, self.weight, self.value_minor, reward, tuple(self.ways), releases, self.guaranteed,
            self.consolation,
        )  # fmt: skip


class DrawRulesIn(Strict):
    """Everything by which plays are decided, all of it published. Limits left out do not limit."""

    name: Name
    name_en: Name = ""
    template: Literal["wheel", "scratch", "egg", "box"]
    organizer: Name
    conditions: Text
    conditions_en: Text = ""
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    prizes: list[DrawPrizeIn] = Field(max_length=PRIZES_MAX)
    blank_weight: int = Field(0, ge=0, le=WEIGHTS_MAX, strict=True)
    free_daily: int = Field(0, ge=0, le=COUNT_MAX, strict=True)
    takes_chances: bool = False
    points_price: int = Field(0, ge=0, le=COUNT_MAX, strict=True)
    plays_total: Count | None = None
    plays_daily: Count | None = None
    wins_total: Count | None = None
    wins_daily: Count | None = None
    guarantee_after: Count | None = None
    budget_minor: Amount | None = None
    claim_days: int = Field(30, ge=1, le=DAYS_MAX, strict=True)
    store_ids: list[UUID] = Field([], max_length=2_000)

    def read(self) -> DrawRules:
        """Give the rules; the zone is the brand's, which the action puts in."""
        said = {name: getattr(self, name) for name in type(self).model_fields if name not in {"prizes", "store_ids"}}
        return DrawRules(
            **said, prizes=tuple(one.read() for one in self.prizes), store_ids=tuple(sorted(set(self.store_ids))), zone="UTC"
        )  # fmt: skip


class DrawNew(Strict):
    """A draw to be defined as a draft. `id` is made by the caller (UUIDv7); sending it again is safe."""

    id: UUID
    number: Number = ""
    rules: DrawRulesIn


class DrawStopIn(Strict):
    reason: Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00]*$")]


class DrawOut(BaseModel):
    """A draw with its state and how far it has come. `seed` is empty until it is over."""

    id: UUID
    number: str
    state: str
    rules: dict[str, Any]
    commitment: str
    seed: str
    version: int
    played: int
    chain: str
    published_at: datetime | None
    stopped_at: datetime | None
    stop_reason: str
    created_at: datetime


class PublishedPrizeOut(BaseModel):
    """A prize as it is published. `odds`: tickets with it, of how many; `left` and `quantity` null: no limit."""

    id: UUID
    name: str
    name_en: str
    value_minor: int
    kind: str
    odds: tuple[int, int]
    percent: str
    quantity: int | None
    left: int | None
    guaranteed: bool
    consolation: bool


class DrawStandingOut(BaseModel):
    """How the asking member stands. `way`: how its next play would be paid; '' when it has none, and `refusal` may say why."""

    way: str
    refusal: str
    free_left: int
    chances: int
    points: int
    played: int
    won: int
    until_guarantee: int | None


class OpenDrawOut(BaseModel):
    """A draw that a consumer can play, with all that the law wants published, computed from the rules themselves."""

    id: UUID
    number: str
    name: str
    name_en: str
    template: str
    organizer: str
    conditions: str
    conditions_en: str
    starts_at: datetime
    ends_at: datetime
    commitment: str
    points_price: int
    free_daily: int
    guarantee_after: int | None
    claim_days: int
    prizes: list[PublishedPrizeOut]
    standing: DrawStandingOut


class PlayIn(Strict):
    """A play. `id` is made by the caller; sending it again is safe."""

    id: UUID
    draw_id: UUID
    way: Way = "free"
    store_id: UUID | None = None


class PlayOut(BaseModel):
    """A play: its number in the draw, its ticket and what it has won. `how`: chance, guaranteed, consolation or blank."""

    id: UUID
    draw_id: UUID
    number: int
    way: str
    ticket: int
    prize_id: UUID | None
    how: str
    version: int
    at: datetime


class PrizeWonOut(BaseModel):
    """What became of a prize. `code` is shown in a store."""

    id: UUID
    draw_id: UUID
    draw: str
    number: int
    prize_id: UUID
    prize: str
    prize_en: str
    kind: str
    ways: list[str]
    state: str
    code: str
    won_at: datetime
    expires_at: datetime | None
    parcel: str


class PrizeAddressIn(Strict):
    name: Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")]
    phone: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")]
    address: Said


class PrizeHandOverIn(Strict):
    """A prize that the clerk scans. `id` is the clerk's own: the same again is the same answer."""

    id: UUID
    store_id: UUID
    code: Code


class PrizeHandOverOut(BaseModel):
    id: UUID
    win_id: UUID
    draw_id: UUID
    prize_id: UUID
    prize: str
    prize_en: str
    store_id: UUID
    at: datetime


class PrizeParcelIn(Strict):
    parcel: Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00]*$")] = ""


class DrawWinnerOut(PrizeWonOut):
    """A winner, the name masked."""

    member_id: UUID
    member: str
    how: str


class PrizeResultOut(BaseModel):
    prize_id: UUID
    name: str
    name_en: str
    percent: str
    quantity: int | None
    left: int | None
    won: int
    expected: int | None
    value_minor: int
    states: dict[str, int]
    hows: dict[str, int]


class DrawDayOut(BaseModel):
    on: str
    plays: int
    members: int
    wins: int


class DrawResultsOut(BaseModel):
    played: int
    members: int
    won: int
    cost_minor: int
    by_way: dict[str, int]
    prizes: list[PrizeResultOut]
    days: list[DrawDayOut]
    not_given: dict[str, int]


class DrawVersionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    version: int
    at: datetime
    by: UUID | None
    before: dict[str, Any]
    after: dict[str, Any]
