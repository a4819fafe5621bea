"""Put a tag on the members behind a number, so that segments and journeys can ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from sitong.insight.boards.looks import BoardLook, everybody_behind
from sitong.member.profile.actions import TagWanted, make_tags, tag_members
from sitong.member.segments.actions import SegmentWanted, make_segment
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import Refused

TAGGED_MAX = 100_000


class TooManyToTag(Refused):
    """More members stand behind the number than can be tagged at once: fact most."""

    code = "insight.too_many_to_tag"


def tag_members_behind(
    look: BoardLook, viewer: Viewer, board: str, wanted: Mapping[str, str], *, tag_id: UUID, name: str, now: datetime
) -> int:
    """Make a tag and a segment of those who have it, and put the tag on all members behind a number; give how many have got it.

    Two thousand members a transaction: stopped half-way, it goes on when it is asked again with the same id. Refused:
    insight.too_many_to_tag, member.tag_malformed, member.tag_name_taken, member.tags_too_many, member.segment_name_taken.
    """
    pieces = list(everybody_behind(look, viewer, board, wanted))
    if sum(len(piece) for piece in pieces) > TAGGED_MAX:
        raise TooManyToTag(most=TAGGED_MAX)
    (tag,) = make_tags([TagWanted(tag_id, look.brand_id, name)], by=viewer.account_id, now=now)
    if isinstance(tag, Refused):
        raise tag
    asked = SegmentWanted(uuid5(tag.id, "segment"), look.brand_id, name, {"tag": tag.id.hex})
    make_segment(asked, by=viewer.account_id, now=now)
    return sum(
        tag_members([one.member.id for one in piece], tag.id, by=viewer.account_id, now=now)
        for piece in pieces
        if piece
    )
