"""Index of the word's tables; each stands in its topic."""

from sitong.member.cards.models import Card, CardKind, CardPerson, CardReturn, CardUse
from sitong.member.consent.models import ConsentGiven, ConsentWording
from sitong.member.identity.models import JoinMoved, Member, MemberJoin, MemberKey, MemberShare
from sitong.member.imports.models import ImportFile, ImportPiece, ImportProblem, ImportRecord
from sitong.member.linking.models import (
    LinkBands,
    LinkDecision,
    LinkedRecord,
    LinkModel,
    LinkPair,
    LinkRun,
)
from sitong.member.points.models import (
    PointBucket,
    PointPlan,
    PointsEarning,
    PointsEntry,
    PointsMoved,
    PointsSpending,
    PointsTaken,
)
from sitong.member.profile.models import MemberNote, MemberTag, Tag, Visit
from sitong.member.segments.models import Segment, SegmentCheck, SegmentCount, SegmentMember, SegmentVersion
from sitong.member.sources.models import Source, SourceDay
from sitong.member.tiers.models import Birthday, Retiering, Standing, TierDay, TierLevel, TierPlan
from sitong.member.wallet.models import TopUpPlan, WalletEntry, WalletTerms

__all__ = [
    "Birthday",
    "Card",
    "CardKind",
    "CardPerson",
    "CardReturn",
    "CardUse",
    "ConsentGiven",
    "ConsentWording",
    "ImportFile",
    "ImportPiece",
    "ImportProblem",
    "ImportRecord",
    "JoinMoved",
    "LinkBands",
    "LinkDecision",
    "LinkModel",
    "LinkPair",
    "LinkRun",
    "LinkedRecord",
    "Member",
    "MemberJoin",
    "MemberKey",
    "MemberNote",
    "MemberShare",
    "MemberTag",
    "PointBucket",
    "PointPlan",
    "PointsEarning",
    "PointsEntry",
    "PointsMoved",
    "PointsSpending",
    "PointsTaken",
    "Retiering",
    "Segment",
    "SegmentCheck",
    "SegmentCount",
    "SegmentMember",
    "SegmentVersion",
    "Source",
    "SourceDay",
    "Standing",
    "Tag",
    "TierDay",
    "TierLevel",
    "TierPlan",
    "TopUpPlan",
    "Visit",
    "WalletEntry",
    "WalletTerms",
]
