"""What the demo brand asks its members: in plain words, and no more than it needs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.member.consent.actions import WordingWanted, publish_wordings

WORDINGS = (
    (
        "service",
        "为了向您提供会员服务，我们会记录您的手机号、订单、积分和优惠券。不记录这些信息，我们无法为您保留会员权益。",
        "To serve you as a member we keep your phone number, your orders, points and coupons. Without them we cannot keep your benefits.",
    ),
    (
        "marketing",
        "我们可以通过短信和微信通知您优惠券与会员活动。您可以随时在“授权”中撤回。",
        "We may tell you of coupons and members' events by text message and WeChat. You can take this back at any time under “Consents”.",
    ),
    (
        "profiling",
        "我们可以根据您的购买记录为您挑选更合适的优惠。您可以随时在“授权”中撤回。",
        "We may choose offers that fit you from what you have bought. You can take this back at any time under “Consents”.",
    ),
)


def ask_for_consent(brand_id: UUID, *, now: datetime) -> None:
    """Publish the brand's wordings in both languages; the same ones again when the demo is loaded again."""
    publish_wordings(
        [WordingWanted(made_id("wording", purpose), brand_id, purpose, text, text_en) for purpose, text, text_en in WORDINGS],
        by=None, now=now,
    )  # fmt: skip
