"""What the refusals of this word say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "member.phone_malformed": _("This cannot be a phone number."),
    "member.account_taken": _("This account belongs to another member already."),
    "member.points_too_few": _("There are {ready} points ready, and {wanted} are wanted. Choose fewer."),
    "member.points_out_of_range": _("The number of points must be a whole number above zero."),
    "member.points_not_spent": _("Of the points spent here {left} are left to be given back, not {wanted}."),
    "member.points_not_earned": _("Of the points earned here {left} are left to be taken back, not {wanted}."),
    "member.point_plan_out_of_bounds": _("This number makes no sense in a plan: {field}."),
    "member.reason_missing": _("Say why."),
    "member.no_points_plan": _("The brand has no plan for points yet. Publish one first."),
    "member.tier_plan_wrong": _("Something in the plan makes no sense: {field}. Levels need codes, names and rising thresholds."),
    "member.birthday_wrong": _("There is no such day."),
    "member.birthday_said": _("The birthday is known already. The brand's staff may mend it."),
    "member.plan_changed": _("Somebody else has published version {version} meanwhile. Look at it and change it anew."),
    "member.wallet_cap_exceeded": _("A wallet like this may hold no more. The law limits stored value."),
    "member.wallet_cap_unlawful": _("The law lets one card hold no more than {most_shown}."),
    "member.topup_plan_above_cap": _("Paid and given together, this is more than a wallet may hold."),
    "member.topup_plan_malformed": _("A plan needs a name and an amount; at most {most} plans may be open."),
    "member.wallet_too_low": _("The wallet does not hold that much."),
    "member.wallet_give_back_too_high": _("No more can go back to the wallet than was spent from it."),
    "member.busy": _("These members are being joined just now; try again in a moment."),
    "member.join_itself": _("A member cannot be joined with itself."),
    "member.joined_further": _("The member that stayed was joined into another one since. Undo that join first."),
    "member.not_later": _("What should go along did not come after the join."),
    "member.erased": _("This member was erased."),
    "member.key_malformed": _("This cannot be such a key."),
    "member.phone_of_another": _("Member {number} has this phone. If the two are one, join them."),
    "member.tag_name_taken": _("There is a tag named {name} already."),
    "member.tag_malformed": _("A tag needs a name of 30 signs at most and one of the colors."),
    "member.tags_too_many": _("A brand has {most} tags at most. Retire some first."),
    "member.note_empty": _("Write something, in {most} signs at most."),
    "member.wording_malformed": _("A wording needs a purpose, a text, and for sharing the legal entity."),
    "member.wording_old": _("The wording has changed since (version {version}). Read it again."),
    "member.source_malformed": _("A source needs a code of small letters, digits and dashes, a name and a kind."),
    "member.source_taken": _("There is a source with the code {code} already."),
    "member.number_differs": _("That is not this member's number. Erasing cannot be undone, so it is asked for once more."),
    "member.wallet_not_empty": _("There is money left in the wallet. Give it back first; then the member can be erased."),
})  # fmt: skip
