"""Members join, prove keys, turn out to be one, correct what is known of them, and are forgotten."""

from sitong.member.identity.actions.erasing import erase_member
from sitong.member.identity.actions.filling import Filling, fill_members, unfill_members
from sitong.member.identity.actions.joins import (
    JoinDone,
    JoinedFurther,
    JoinItself,
    JoinWanted,
    NotLater,
    UndoWanted,
    bring_along,
    join_two,
    undo_join,
)
from sitong.member.identity.actions.joins_many import join_many, undo_many
from sitong.member.identity.actions.keys import KeyDone, KeyMalformed, KeyProven, drop_key, prove_keys
from sitong.member.identity.actions.members import (
    AccountTaken,
    MemberWanted,
    PhoneMalformed,
    join_members,
    note_exported,
    rename_member,
    reveal_member,
)
from sitong.member.identity.actions.phones import PhoneOfAnother, change_phone, prove_phone
from sitong.member.identity.actions.shares import set_shares

__all__ = [
    "AccountTaken",
    "Filling",
    "JoinDone",
    "JoinItself",
    "JoinWanted",
    "JoinedFurther",
    "KeyDone",
    "KeyMalformed",
    "KeyProven",
    "MemberWanted",
    "NotLater",
    "PhoneMalformed",
    "PhoneOfAnother",
    "UndoWanted",
    "bring_along",
    "change_phone",
    "drop_key",
    "erase_member",
    "fill_members",
    "join_many",
    "join_members",
    "join_two",
    "note_exported",
    "prove_keys",
    "prove_phone",
    "rename_member",
    "reveal_member",
    "set_shares",
    "undo_join",
    "undo_many",
    "unfill_members",
]
