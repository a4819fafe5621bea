"""The only place where insight reads other words' tables. What it gives are facts, never their rows.

`figures` reads what totals are made of, `lake` what the lake is made of, in bulk or for some members.
"""

from sitong.insight.sources.figures import (
    CUSTOMERS_IN_PIECES,
    CUSTOMERS_OF_MEMBERS,
    DEPARTMENTS_IN_PIECES,
    NO_DEPARTMENT,
    SALES_IN_PIECES,
    Department,
    all_returns,
    back_parts_of,
    backs_of,
    customers_by_month,
    departments_of,
    imported_orders,
    paid_orders,
    parts_of,
    returned_by_day,
    sales_of,
    sold_by_day,
)

__all__ = [
    "CUSTOMERS_IN_PIECES",
    "CUSTOMERS_OF_MEMBERS",
    "DEPARTMENTS_IN_PIECES",
    "NO_DEPARTMENT",
    "SALES_IN_PIECES",
    "Department",
    "all_returns",
    "back_parts_of",
    "backs_of",
    "customers_by_month",
    "departments_of",
    "imported_orders",
    "paid_orders",
    "parts_of",
    "returned_by_day",
    "sales_of",
    "sold_by_day",
]
