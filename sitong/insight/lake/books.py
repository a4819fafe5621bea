"""What must always agree between the lake and the database."""

from __future__ import annotations

from sitong.insight.lake.checking import compared
from sitong.insight.lake.queries import brands_with_lakes
from sitong.org.brands.queries import all_brands
from sitong.shared.clock import now as clock_now
from sitong.shared.ledger.books import books_check

CHEAP = ("members", "orders")


@books_check("insight.lake")
def check_lakes() -> list[str]:
    """Compare members and orders of each lake with the database; one that is behind is left for later. `sitong lake check` compares all."""
    wrong: list[str] = []
    with_lakes = set(brands_with_lakes())
    for brand in all_brands():
        for one in (compared(brand.id, now=clock_now(), tables=CHEAP) or []) if brand.id in with_lakes else ():
            if not one.agrees:
                wrong.append(
                    f"brand {brand.code}, lake {one.table}: has {list(one.lake)}, the database says {list(one.database)}"
                )
    return wrong
