"""Made-up names and phone numbers for households."""

from __future__ import annotations

from sitong.console.demo.files import made_number

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
GIVEN = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀兰", "霞", "平",
    "子涵", "雨桐", "浩然", "梓萱", "欣怡", "宇轩", "佳怡", "思远", "若曦", "俊杰", "诗涵", "建国", "晓燕", "志强", "海燕", "文博",
    "雪梅", "嘉豪", "梦瑶", "天宇", "慧敏", "永康", "春兰", "国庆", "丹丹", "小龙", "玉兰", "晨曦", "安琪", "立新",
]  # fmt: skip


def name(household: int) -> str:
    """Give a household's made-up name."""
    return (
        SURNAMES[made_number("surname", household, len(SURNAMES))] + GIVEN[made_number("given", household, len(GIVEN))]
    )


def phone(household: int) -> str:
    """Give a household's made-up phone number, unlike any other's: +86 199 5555 and four digits of its own."""
    return f"+86199555{household:05d}"
