"""A template, an account and a message of brand one."""

from __future__ import annotations

from typing import Any

from sitong.marketing.messages.links import token_of
from sitong.shared import clock
from tests.make.messages import a_channel, a_message, a_template, says


def message_samples(brand: Any, member: Any) -> dict[str, str]:
    """Give the ids of a template of WeChat's and of a message to the member."""
    now = clock.now()
    a_channel(brand, "sms", now=now, callback_secret="a secret guard", sender="秘密签名")
    template = a_template(brand, opened=False, now=now, name="秘密模板")
    wechat = a_template(brand, "wechat", now=now, name="秘密订阅")
    says(member, now=now)
    message = a_message(member, template, now=now, cause="秘密原因")
    return {
        "message_template_id": str(wechat.id), "message_id": str(message.id), "message_channel": "sms", "message_token": token_of(message.id),
        "notice_kind": "pickup_ready", "brand_id": str(brand.id),
    }  # fmt: skip
