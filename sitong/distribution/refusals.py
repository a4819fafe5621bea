"""What the refusals of this word say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update(
    {
        "distribution.already_settled": _("Statement {number} was settled before."),
        "distribution.dispute_reason_missing": _("Say why."),
        "distribution.line_taken_back": _("This line was taken back already. There is nothing to dispute."),
        "distribution.not_answered": _("The claimant has not answered yet."),
        "distribution.not_checked": _("Check statement {number} first."),
        "distribution.not_disputed": _("This line is not in dispute."),
        "distribution.settlement_unnamed": _(
            "Say whether it was settled in money or in goods, and give the number of the transfer or delivery."
        ),
        "distribution.statement_checked": _("Statement {number} was checked: its lines stand."),
        "distribution.still_disputed": _("{lines} lines are still in dispute. Decide them first."),
    }
)
