"""The data set's products as ours: names in two languages, barcodes, prices, what stands on which shelf."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from sitong.console.demo.files import made_id, made_number, read
from sitong.goods.catalog.actions import BarcodeWanted, CategoryWanted, ProductWanted, SkuWanted

SIZES = {
    "OZ": ("盎司", "oz"), "Z": ("盎司", "oz"), "FL OZ": ("液盎司", "fl oz"), "LB": ("磅", "lb"), "CT": ("件", "ct"), "PK": ("包", "pack"),
    "ML": ("毫升", "ml"), "L": ("升", "l"), "QT": ("夸脱", "qt"), "PT": ("品脱", "pt"), "GAL": ("加仑", "gal"), "GA": ("加仑", "gal"),
    "STEM": ("支", "stems"), "PC": ("片", "pc"), "DZ": ("打", "dozen"), "BAG": ("袋", "bag"), "BTL": ("瓶", "bottle"), "IN": ("英寸", "in"),
    "FT": ("英尺", "ft"), "CM": ("厘米", "cm"), "CTN": ("盒", "carton"), "KIT": ("套", "kit"), "LOADS": ("次用量", "loads"),
    "LOAD": ("次用量", "loads"), "LD": ("次用量", "loads"), "LITER": ("升", "l"), "GRAM": ("克", "g"), "G": ("克", "g"),
}  # fmt: skip
BRAND_HEADS = "禾悦百家川蜀天山海云锦春秋华瑞盛康佳美乐福祥和源泉"
BRAND_TAILS = "谷园味坊庄鲜品香源道堂优选记氏舍"
OWN_BRAND = ("四季优选", "Four Seasons Select")
OTHER = ("其他商品", "Other goods")
NOT_SHELVED_DEPARTMENTS = {
    "COUPON",
    "FUEL",
    "CNTRL/STORE SUP",
    "CHARITABLE CONT",
    "POSTAL CENTER",
    "PHOTO & VIDEO",
    "RESTAURANT",
    "MISCELLANEOUS",
}
NOT_SHELVED = {
    "CIGARETTES", "CIGARS", "TOBACCO OTHER", "PHARMACY", "COUPON/MISC ITEMS", "COUPON", "COUPONS/STORE & MFG", "BOTTLE DEPOSITS", "TICKETS",
    "LONG DISTANCE CALLING CARDS", "IN-STORE PHOTOFINISHING", "OVERNIGHT PHOTOFINISHING", "PREPAID WIRELESS&ACCESSORIES", "FIREWORKS",
}  # fmt: skip
"""What is not sold online: services, paper, and what Chinese law keeps out of mini shops (tobacco, prescriptions, fireworks)."""
FRESH_DAYS = {"PRODUCE": 40, "DELI": 45, "PASTRY": 35, "MEAT": 40, "SEAFOOD": 35, "FLORAL": 40, "SALAD BAR": 30}
RECENT_WEEKS_FROM = 40
BASIC_RANGE = 60


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product of the data set and what its sales tell: lines sold, and the shelf price in cents (0: never sold)."""

    number: int
    department: str
    category: str | None
    maker: int
    own_brand: bool
    kind: str | None
    size: str | None
    lines: int
    price_minor: int

    @property
    def shelvable(self) -> bool:
        """Whether it stands in a mini shop."""
        return (
            self.price_minor > 0 and self.department not in NOT_SHELVED_DEPARTMENTS and self.category not in NOT_SHELVED
        )

    @property
    def product_id(self) -> UUID:
        """Its id with us."""
        return made_id("product", self.number)

    @property
    def sku_id(self) -> UUID:
        """The id of its one SKU."""
        return made_id("sku", self.number)


def products(sold: pa.Table) -> list[DemoProduct]:
    """Give all products of the data set, and those that only its sales know, in the order of their numbers."""
    gross = pc.add(pc.add(sold["sales_value"], sold["retail_disc"]), sold["coupon_match_disc"])
    sums = pa.table({"product_id": sold["product_id"], "quantity": sold["quantity"], "gross": gross})
    told = sums.group_by("product_id").aggregate([("quantity", "sum"), ("gross", "sum"), ("product_id", "count")])
    by_number = {row["product_id"]: row for row in told.to_pylist()}
    known: dict[int, DemoProduct] = {}
    for row in read("products").to_pylist():
        sale = by_number.get(row["product_id"])
        known[row["product_id"]] = DemoProduct(
            row["product_id"], row["department"], row["product_category"], row["manufacturer_id"], row["brand"] == "Private",
            row["product_type"], row["package_size"], sale["product_id_count"] if sale else 0, _unit_price(sale),
        )  # fmt: skip
    for number, sale in by_number.items():
        if number not in known:
            known[number] = DemoProduct(
                number, "MISCELLANEOUS", None, 0, False, None, None, sale["product_id_count"], _unit_price(sale)
            )
    return [known[number] for number in sorted(known)]


def categories(brand_id: UUID, all_products: list[DemoProduct]) -> list[CategoryWanted]:
    """Give departments, busiest first, and the categories in each."""
    names = _names("categories")
    lines: dict[str, int] = {}
    for one in all_products:
        lines[one.department] = lines.get(one.department, 0) + one.lines
    wanted = []
    for row in _rows("departments"):
        wanted.append(CategoryWanted(
            brand_id=brand_id, code=row["department"], name=row["name"], name_en=row["name_en"], picture=row["picture"],
            rank=lines.get(row["department"], 0), id=made_id("category", row["department"]),
        ))  # fmt: skip
    for department, category in sorted({(one.department, one.category) for one in all_products if one.category}):
        name, name_en = names[category]
        wanted.append(CategoryWanted(
            brand_id=brand_id, code=category_code(department, category), name=name, name_en=name_en, parent_code=department,
            id=made_id("category", category_code(department, category)),
        ))  # fmt: skip
    return wanted


def category_code(department: str, category: str) -> str:
    """Give a category's code: the same category may stand in several departments."""
    return f"{department}/{category}"


def catalog(brand_id: UUID, all_products: list[DemoProduct]) -> Iterator[ProductWanted]:
    """Give each product to add, with its one SKU and barcode; the most sold ones are hits, the cheap ones of them traffic."""
    names = _names("categories")
    by_lines = sorted((one for one in all_products if one.shelvable), key=lambda one: -one.lines)
    roles = {one.number: "hit" for one in by_lines[:150]} | {
        one.number: "traffic" for one in by_lines[150:450] if one.price_minor < 300
    }
    for one in all_products:
        name, name_en = _product_names(one, names)
        code = category_code(one.department, one.category) if one.category else one.department
        yield ProductWanted(
            brand_id=brand_id, code=str(one.number), name=name, name_en=name_en, category_id=made_id("category", code),
            maker=_brand_name(one), role=roles.get(one.number, "regular"), rank=one.lines, id=one.product_id,
            skus=(SkuWanted(code=str(one.number), package=one.size or "", barcodes=(BarcodeWanted(gtin(one.number)),), id=one.sku_id),),
        )  # fmt: skip


def gtin(number: int) -> str:
    """Give a made-up EAN-13 in the range 040 to 049, which GS1 keeps for use within a company."""
    body = f"040{number:09d}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def ranges(sold: pa.Table, all_products: list[DemoProduct], stores: list[int]) -> dict[int, dict[int, int]]:
    """Give what each store has on its shelf: product number → lines sold there in the last quarter.

    That is what sold there at least three times, and everywhere a basic range of what sells most.
    """
    shelvable = {one.number for one in all_products if one.shelvable}
    basic = [
        one.number
        for one in sorted((one for one in all_products if one.shelvable), key=lambda one: -one.lines)[:BASIC_RANGE]
    ]
    since = pc.greater_equal(sold["at_us"], _week_start_us(RECENT_WEEKS_FROM))
    counted = sold.filter(since).group_by(["store_id", "product_id"]).aggregate([("quantity", "count")])
    found: dict[int, dict[int, int]] = {number: dict.fromkeys(basic, 1) for number in stores}
    for row in counted.to_pylist():
        if row["quantity_count"] >= 3 and row["product_id"] in shelvable:
            found[row["store_id"]][row["product_id"]] = row["quantity_count"]
    return found


def _week_start_us(week: int) -> int:
    return (17_167 + (week - 1) * 7) * 86_400_000_000  # 2017-01-01 is day 17,167 of the epoch


def _unit_price(sale: dict[str, int] | None) -> int:
    return (
        max(1, round(sale["gross_sum"] / sale["quantity_sum"]))
        if sale and sale["quantity_sum"] > 0 and sale["gross_sum"] > 0
        else 0
    )


def _brand_name(one: DemoProduct) -> str:
    if one.own_brand:
        return OWN_BRAND[0]
    head, tail = made_number("head", one.maker, len(BRAND_HEADS)), made_number("tail", one.maker, len(BRAND_TAILS))
    return BRAND_HEADS[head] + BRAND_TAILS[tail]


def _product_names(one: DemoProduct, names: dict[str, tuple[str, str]]) -> tuple[str, str]:
    category, category_en = names[one.category] if one.category else OTHER
    size, size_en = _size(one.size)
    brand_en = OWN_BRAND[1] if one.own_brand else ""
    kind = re.sub(r"[^A-Za-z&/' ]+", " ", one.kind or category_en).strip().capitalize() or category_en
    return " ".join(filter(None, [_brand_name(one), category, size])), " ".join(
        filter(None, [brand_en, re.sub(" +", " ", kind), size_en])
    )


def _size(told: str | None) -> tuple[str, str]:
    match = re.fullmatch(r"([\d./ ]+)\s*([A-Z ]+)", (told or "").strip())
    if match is None or match[2].strip() not in SIZES:
        return "", ""
    unit, unit_en = SIZES[match[2].strip()]
    return match[1].strip() + unit, f"{match[1].strip()} {unit_en}"


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / f"{name}.csv").open(newline="") as table:
        return list(csv.DictReader(table))


def _names(name: str) -> dict[str, tuple[str, str]]:
    return {row["category"]: (row["name"], row["name_en"]) for row in _rows(name)}
