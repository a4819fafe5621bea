"""What insight's refusals say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "insight.period_wrong": _("A period begins before it ends and has ten years at most."),
    "insight.lake_full": _("There is no space left for the lake's files. Nothing is lost: make room, and it goes on by itself."),
    "insight.lake_unwritable": _("The lake's folder cannot be written. Nothing is lost: mend it, and it goes on by itself."),
    "insight.experiment_impossible": _("Shares lie between 0 and 100 percent, and the uplift is not zero."),
    "insight.too_few_to_value": _("Too few members have bought three months ago or earlier: {least} are needed."),
    "insight.too_many_to_tag": _("At most {most} members can be tagged at once. Choose a shorter period or one source."),
    "insight.spark_missing": _("Spark is not installed. Install the package sitong[spark], or set ENGINE to duckdb."),
    "insight.lake_not_ready": _("The lake of this brand is not made yet. Try again once it is."),
})  # fmt: skip
