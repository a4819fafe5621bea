"""What the refusals of this word say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "member.phone_malformed": _("This cannot be a phone number."),
    "member.account_taken": _("This account belongs to another member already."),
})  # fmt: skip
