"""What insight's refusals say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "insight.period_wrong": _("A period begins before it ends and has ten years at most."),
})  # fmt: skip
