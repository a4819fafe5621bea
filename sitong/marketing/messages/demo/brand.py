"""What the demo carriers know of the demo brand: its signature and the templates that they approved."""

from __future__ import annotations

from sitong.marketing.messages.demo.inbox import DemoTemplate
from sitong.marketing.messages.demo.server import DemoCarriers

SIGNATURE = "四通百货"
WEEKEND = "${name}，周末全场果蔬八五折，会员另享积分翻倍。拒收请回复R"
EXPIRING = "${name}，您的优惠券“${coupon}”${until}到期，记得使用。"
PICKUP = "${name}，订单${order}已备好，请到${place}取货。"


def stocked(carriers: DemoCarriers) -> DemoCarriers:
    """Put the demo brand's signature and templates in."""
    carriers.aliyun.signatures.add(SIGNATURE)
    carriers.aliyun.templates |= {
        "SMS_WEEKEND": DemoTemplate(WEEKEND, ("name",)), "SMS_EXPIRING": DemoTemplate(EXPIRING, ("name", "coupon", "until")),
        "SMS_PICKUP": DemoTemplate(PICKUP, ("name", "order", "place")),
    }  # fmt: skip
    carriers.wechat.templates["tmpl-pickup"] = DemoTemplate(
        "{{thing1.DATA}} 已备好，取货门店 {{thing2.DATA}}", ("thing1", "thing2")
    )
    carriers.wecom.staff.add("guide01")
    return carriers
