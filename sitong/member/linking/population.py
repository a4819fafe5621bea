"""A generated population of customers with known truth: for measuring how well the model links, and for the demo.

Each person stands in one record; some stand in further ones, whose fields are wrong or missing as they are in real files:
homophones, typing errors, surnames with a title, names written the other way round, phones changed or with one digit wrong,
families that share a phone. Everything is drawn from a seed, in columns: a million records take seconds.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pypinyin import Style, lazy_pinyin

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹"
    "熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文志海燕飞鹏辉浩宇欣怡子轩梓涵雨泽晨思雅琪诗佳慧婷雪梅琳莹倩颖晶鑫博瑞俊凯晓小春"
    "永德成林东峰龙云波宁安康乐天一嘉家美凤珍萍玲芬莉淑惠洁清素月香翠爱丹彤可馨若曦语桐逸皓睿铭楠彬翔帆航旭阳亮光荣贵福祥顺庆和新立正民仁义礼智信"
)
CITY_WORDS = (
    "上海 北京 广州 深圳 成都 重庆 杭州 武汉 西安 苏州 天津 南京 长沙 郑州 东莞 青岛 沈阳 宁波 昆明 合肥 佛山 福州 大连 厦门 哈尔滨 济南 温州 南宁 长春 "
    "泉州 石家庄 贵阳 南昌 金华 常州 无锡 嘉兴 太原 徐州 南通 珠海 中山 惠州 台州 烟台 兰州 绍兴 海口 扬州 汕头"
)
ROAD_WORDS = (
    "人民 解放 建设 中山 新华 和平 文化 胜利 光明 长江 黄河 东风 朝阳 青年 友谊 学府 科技 滨河 滨江 迎宾 环城 湖滨 北京 南京 上海 花园 工农 民主 平安 幸福 "
    "育才 体育 公园 车站 迎春 向阳 红旗 前进 团结 振兴"
)
CITIES, ROADS = CITY_WORDS.split(), ROAD_WORDS.split()
WAYS = ("路", "街", "大道", "巷", "东路", "西路", "南路", "北路")
TITLES = ("先生", "女士", "小姐")
DOMAINS = ("qq.com", "163.com", "126.com", "sina.com", "139.com", "outlook.com")
STORES = 300
NOBODY = -1
FAMILY_SHARE = 0.20
"""So many of the persons live in a household of two to four; in every third of these all are written down with one phone."""
ONE_PHONE_SHARE = 1 / 3

ERRORS = (
    "name_homophone", "name_typo", "name_reversed", "name_title", "name_missing", "phone_changed", "phone_digit",
    "phone_missing", "birthday_wrong", "birthday_missing", "address_moved", "address_short", "address_missing",
    "email_changed", "email_missing",
)  # fmt: skip
"""What can be wrong in a record; the number of an error is its bit in the column `errors`."""
FIELDS = (("name", 0, 5), ("phone", 5, 8), ("birthday", 8, 10), ("address", 10, 13), ("email", 13, 15))
ERROR_WEIGHTS = (3, 3, 1, 3, 1, 5, 2, 2, 2, 3, 3, 2, 3, 2, 3)


class Signs(NamedTuple):
    """The characters names are made of, with their sound and another one of the same sound."""

    text: pa.Array
    pinyin: pa.Array
    surnames: np.ndarray[Any, Any]
    given: np.ndarray[Any, Any]
    twin: np.ndarray[Any, Any]


@cache
def signs() -> Signs:
    """Give the everyday characters (the 3,755 of GB 2312's first level and the surnames)."""
    first = bytes(byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for byte in (row, cell))
    text = list(dict.fromkeys(SURNAMES + GIVEN + first.decode("gb2312", "ignore")))
    sounds = lazy_pinyin(text, style=Style.NORMAL)
    place = {sign: number for number, sign in enumerate(text)}
    groups: dict[str, list[int]] = {}
    for number, sound in enumerate(sounds):
        groups.setdefault(sound, []).append(number)
    twin = np.array(
        [groups[sound][(groups[sound].index(n) + 1) % len(groups[sound])] for n, sound in enumerate(sounds)]
    )
    return Signs(
        pa.array([*text, ""]),
        pa.array([*sounds, ""]),
        np.array([place[one] for one in SURNAMES]),
        np.array([place[one] for one in dict.fromkeys(GIVEN)]),
        twin,
    )


Columns = dict[str, np.ndarray[Any, Any]]


def generated(records: int, *, seed: int = 5, duplicates: float = 0.20, hard: float = 0.25) -> pa.Table:
    """Give so many records: `duplicates` of them are further ones of persons who stand there already.

    Of the further ones, `hard` have two fields wrong or missing, half of the others one, the rest none.
    Columns: unique_id, person (the truth), errors (bits), family, and the fields of a record as text.
    """
    random = np.random.default_rng(seed)
    again = int(records * duplicates)
    persons = _persons(records - again, random)
    of = np.concatenate([np.arange(records - again), random.integers(0, records - again, again)])
    drawn = {name: values[of] for name, values in persons.items()}
    errors = np.zeros(records, dtype=np.int64)
    errors[records - again :] = _errors(again, hard, random)
    _spoil(drawn, errors, random)
    order = random.permutation(records)
    drawn = {name: values[order] for name, values in drawn.items()}
    return _written(drawn, of[order], errors[order])


def _zipf(count: int, size: int, random: np.random.Generator, power: float = 0.8) -> np.ndarray[Any, Any]:
    weights = np.arange(1, count + 1) ** -power
    return np.searchsorted(np.cumsum(weights / weights.sum()), random.random(size)).clip(0, count - 1)


def _persons(count: int, random: np.random.Generator) -> Columns:
    letters = signs()
    home = _homes(count, random)
    shared = random.random(count)[home] < ONE_PHONE_SHARE
    phone = _phones(count, random)
    given = _zipf(len(letters.given), 2 * count, random, 0.6)
    first = letters.given[given[:count]]
    second = np.where(random.random(count) < 0.15, NOBODY, letters.given[given[count:]])
    sibling = (random.random(count) < 0.25) & (second != NOBODY) & (second != second[home])
    return {
        "surname": letters.surnames[_zipf(len(letters.surnames), count, random, 0.9)][
            np.where(random.random(count) < 0.7, home, np.arange(count))
        ],
        "first": np.where(sibling, first[home], first),
        "second": second,
        "title": np.full(count, NOBODY),
        "phone": np.where(shared, phone[home], phone),
        "birthday": np.where(random.random(count) < 0.85, random.integers(0, 60 * 365, count), NOBODY),
        "city": _zipf(len(CITIES), count, random)[home],
        "road": np.where(random.random(count) < 0.85, random.integers(0, len(ROADS) * len(WAYS), count), NOBODY)[home],
        "number": random.integers(1, 400, count)[home],
        "room": random.integers(0, 30 * 20 * 4, count)[home],
        "mail": np.where(random.random(count) < 0.55, random.integers(10_000_000, 3_000_000_000, count), NOBODY),
        "style": random.integers(0, 10, count),
        "card": np.where(random.random(count) < 0.30, random.permutation(count) + 60_000_000, NOBODY),
        "store": random.integers(0, STORES, count)[home],
        "family": (np.bincount(home, minlength=count)[home] > 1).astype(np.int64),
        "reversed": np.zeros(count, dtype=np.int64),
    }


def _homes(count: int, random: np.random.Generator) -> np.ndarray[Any, Any]:
    """Give for each person the first one of its household: most live alone, the others in twos to fours."""
    home = np.arange(count)
    within = int(count * FAMILY_SHARE)
    sizes = random.integers(2, 5, within)
    ends = np.cumsum(sizes)
    starts = np.concatenate([[0], ends])[np.searchsorted(ends, np.arange(within), side="right")]
    home[:within] = starts
    return home


def _phones(count: int, random: np.random.Generator) -> np.ndarray[Any, Any]:
    heads = np.array(
        [130, 131, 135, 136, 137, 138, 139, 150, 151, 152, 158, 159, 177, 180, 181, 186, 187, 188, 189, 199]
    )
    return heads[random.integers(0, len(heads), count)] * 100_000_000 + random.integers(0, 100_000_000, count)


def _errors(count: int, hard: float, random: np.random.Generator) -> np.ndarray[Any, Any]:
    """Draw what is wrong in each further record: two fields, one or none, never two errors in one field."""
    weights = np.array(ERROR_WEIGHTS) / sum(ERROR_WEIGHTS)
    field_of = np.concatenate([np.full(last - first, place) for place, (_, first, last) in enumerate(FIELDS)])
    one = np.searchsorted(np.cumsum(weights), random.random(count)).clip(0, len(ERRORS) - 1)
    two = np.searchsorted(np.cumsum(weights), random.random(count)).clip(0, len(ERRORS) - 1)
    while (same := field_of[one] == field_of[two]).any():
        two[same] = random.integers(0, len(ERRORS), int(same.sum()))
    share = random.random(count)
    some, both = share < hard + (1 - hard) / 2, share < hard
    return np.where(some, 1 << one, 0) | np.where(both, 1 << two, 0)


def _spoil(drawn: Columns, errors: np.ndarray[Any, Any], random: np.random.Generator) -> None:
    """Write the errors into the drawn fields."""
    letters, count = signs(), len(errors)
    wrong = {name: np.flatnonzero(errors & (1 << bit)) for bit, name in enumerate(ERRORS)}
    rows = wrong["name_homophone"]
    drawn["first"][rows] = letters.twin[drawn["first"][rows]]
    rows = wrong["name_typo"]
    drawn["first"][rows] = letters.given[random.integers(0, len(letters.given), len(rows))]
    drawn["reversed"][wrong["name_reversed"]] = 1
    drawn["title"][wrong["name_title"]] = random.integers(0, len(TITLES), len(wrong["name_title"]))
    drawn["surname"][wrong["name_missing"]] = NOBODY
    rows = wrong["phone_changed"]
    drawn["phone"][rows] = _phones(len(rows), random)
    rows = wrong["phone_digit"]
    place = 10 ** random.integers(0, 9, len(rows))
    digit = drawn["phone"][rows] // place % 10
    drawn["phone"][rows] += ((digit + random.integers(1, 10, len(rows))) % 10 - digit) * place
    drawn["phone"][wrong["phone_missing"]] = NOBODY
    rows = wrong["birthday_wrong"]
    known = drawn["birthday"][rows] != NOBODY
    drawn["birthday"][rows] = np.where(known, drawn["birthday"][rows] + random.integers(1, 10, len(rows)), NOBODY)
    drawn["birthday"][wrong["birthday_missing"]] = NOBODY
    rows = wrong["address_moved"]
    for name, below in (("city", len(CITIES)), ("road", len(ROADS) * len(WAYS)), ("number", 400), ("room", 2_400)):
        drawn[name][rows] = random.integers(0, below, len(rows))
    drawn["room"][wrong["address_short"]] = NOBODY
    drawn["road"][wrong["address_missing"]] = NOBODY
    rows = wrong["email_changed"]
    known = drawn["mail"][rows] != NOBODY
    drawn["mail"][rows] = np.where(known, random.integers(10_000_000, 3_000_000_000, len(rows)), NOBODY)
    drawn["mail"][wrong["email_missing"]] = NOBODY
    further = random.random(count) < 0.3
    drawn["store"][further] = random.integers(0, STORES, int(further.sum()))


def _written(drawn: Columns, person: np.ndarray[Any, Any], errors: np.ndarray[Any, Any]) -> pa.Table:
    """Write the drawn fields as text."""
    return pa.table({
        "unique_id": pa.array(np.arange(len(person))),
        "person": pa.array(person),
        "errors": pa.array(errors),
        "family": pa.array(drawn["family"] == 1),
        "name": _names(drawn),
        "phone": _where(drawn["phone"], _text(drawn["phone"])),
        "email": _emails(drawn),
        "birthday": _birthdays(drawn["birthday"]),
        "city": pa.array(CITIES).take(pa.array(drawn["city"])),
        "address": _addresses(drawn),
        "card": _where(drawn["card"], _text(drawn["card"])),
        "store": _text(drawn["store"]),
    })  # fmt: skip


def _text(values: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array(values).cast(pa.string())


def _where(values: np.ndarray[Any, Any], text: pa.Array) -> pa.Array:
    """Give the text where the value is known, else nothing."""
    return pc.if_else(pa.array(values != NOBODY), text, pa.scalar(None, pa.string()))


def _joined(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _names(drawn: Columns) -> pa.Array:
    letters = signs()
    surname, first, second = (
        letters.text.take(pa.array(drawn[part] % len(letters.text))) for part in ("surname", "first", "second")
    )
    titled, turned = pa.array(drawn["title"] != NOBODY), pa.array(drawn["reversed"] == 1)
    title = pa.array([*TITLES, ""]).take(pa.array(drawn["title"] % (len(TITLES) + 1)))
    plain = pc.if_else(turned, _joined(first, second, surname), _joined(surname, first, second))
    return _where(drawn["surname"], pc.if_else(titled, _joined(surname, title), plain))


def _emails(drawn: Columns) -> pa.Array:
    letters = signs()
    sounds = [letters.pinyin.take(pa.array(drawn[part] % len(letters.text))) for part in ("first", "second")]
    number = _text(drawn["mail"])
    spoken = _joined(*sounds, _text(drawn["mail"] % 9_973))
    domain = pa.array(DOMAINS).take(pa.array(drawn["style"] % len(DOMAINS)))
    numbered = pa.array(drawn["style"] < 6)
    return _where(drawn["mail"], pc.if_else(numbered, _joined(number, "@qq.com"), _joined(spoken, "@", domain)))


def _birthdays(days: np.ndarray[Any, Any]) -> pa.Array:
    on = (np.datetime64("1948-01-01") + days.clip(0).astype("timedelta64[D]")).astype("datetime64[D]")
    return _where(days, pa.array(on).cast(pa.string()))


def _addresses(drawn: Columns) -> pa.Array:
    roads = pa.array([f"{road}{way}" for road in ROADS for way in WAYS])
    road = roads.take(pa.array(drawn["road"] % len(roads)))
    room = drawn["room"].clip(0)
    house = _joined(_text(room // 80 + 1), "栋", _text((room % 80 // 4 + 1) * 100 + room % 4 + 1), "室")
    number = _joined(road, _text(drawn["number"]), "号")
    return _where(drawn["road"], pc.if_else(pa.array(drawn["room"] != NOBODY), _joined(number, house), number))
