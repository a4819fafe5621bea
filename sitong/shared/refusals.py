"""What the kernel's refusals say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "shared.refused": _("This cannot be done now."),
    "shared.not_allowed": _("Your account may not do this here. Ask whoever manages your store or brand for the right role."),
    "shared.not_signed_in": _("Please sign in."),
    "shared.too_many": _("That was too often. Please try again in {retry_after_s} seconds."),
    "shared.token_expired": _("Your sign-in has run out. Please sign in again."),
    "shared.token_forged": _("This token is not ours."),
    "shared.username_taken": _("The user name {username} is taken already. Choose another one."),
    "shared.username_malformed": _("A user name has 3 to 150 letters, digits and . _ - @ +"),
    "shared.role_unknown": _("There is no role {role} at this place."),
    "shared.password_weak": _("Choose a better password. {why}"),
    "shared.phone_malformed": _("This cannot be a phone number."),
    "shared.last_owner": _("The brand needs at least one active account that may change its staff."),
    "shared.not_found": _("There is no such thing, or it is not yours to see."),
    "shared.repeat_differs": _("This id was used before with other content. Start again with a new one."),
    "shared.busy": _("Too much is going on right now. Please try again in {retry_after_s} seconds."),
    "shared.too_slow": _("This takes longer than {timeout_s} seconds. It may still be done: please look again before you repeat it."),
})  # fmt: skip
