"""What the kernel's refusals say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "shared.refused": _("This cannot be done now."),
    "shared.not_allowed": _("Your account may not do this here. Ask whoever manages your store or brand for the right role."),
    "shared.not_found": _("There is no such thing, or it is not yours to see."),
    "shared.repeat_differs": _("This id was used before with other content. Start again with a new one."),
    "shared.busy": _("Too much is going on right now. Please try again in {retry_after_s} seconds."),
    "shared.too_slow": _("This takes longer than {timeout_s} seconds. It may still be done: please look again before you repeat it."),
})  # fmt: skip
