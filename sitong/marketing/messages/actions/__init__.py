"""Messages change here: planned, sent, answered; templates, accounts, and who wants none."""

from sitong.marketing.messages.actions.channels import (
    ChannelWanted,
    close_channel,
    keep_caps,
    keep_channel,
    keep_hours,
    note_check,
)
from sitong.marketing.messages.actions.plan import plan_many, plan_messages
from sitong.marketing.messages.actions.reports import Reply, Report, note_read, note_replies, note_reports
from sitong.marketing.messages.actions.sending import cancel_messages, decide_unknown
from sitong.marketing.messages.actions.templates import (
    TemplateWanted,
    define_template,
    end_template,
    note_approval,
    submit_template,
)
from sitong.marketing.messages.actions.wishes import (
    CreditGiven,
    Stop,
    drop_address,
    give_credits,
    keep_address,
    subscribe_again,
    unsubscribe,
)
from sitong.marketing.messages.planning import MessageWanted, Planned, PlannedMany

__all__ = [
    "ChannelWanted",
    "CreditGiven",
    "MessageWanted",
    "Planned",
    "PlannedMany",
    "Reply",
    "Report",
    "Stop",
    "TemplateWanted",
    "cancel_messages",
    "close_channel",
    "decide_unknown",
    "define_template",
    "drop_address",
    "end_template",
    "give_credits",
    "keep_address",
    "keep_caps",
    "keep_channel",
    "keep_hours",
    "note_approval",
    "note_check",
    "note_read",
    "note_replies",
    "note_reports",
    "plan_many",
    "plan_messages",
    "submit_template",
    "subscribe_again",
    "unsubscribe",
]  # fmt: skip
