"""What the mini shop remembers of a store's shelf for a moment: its departments, and the bytes of its home page."""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from sitong.goods.catalog.queries.categories import CategoryFacts, shelf_categories

Value = TypeVar("Value")


@dataclass
class Remembered(Generic[Value]):
    """Values by key, each for `fresh_s` seconds in this process; one thread makes a value anew while others get the old one.

    So nobody waits for a page that is already there, and a value is at most twice `fresh_s` old while it is asked for.
    """

    fresh_s: float
    kept_max: int
    _kept: OrderedDict[object, tuple[float, Value]] = field(default_factory=OrderedDict)
    _making: set[object] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: object, make: Callable[[], Value]) -> Value:
        """Give the value of `key`, made by `make` when there is none or it is too old."""
        moment = time.monotonic()
        with self._guard:
            kept = self._kept.get(key)
            if kept is not None:
                age = moment - kept[0]
                if age < self.fresh_s or (key in self._making and age < 2 * self.fresh_s):
                    return kept[1]
            self._making.add(key)
        try:
            value = make()
            with self._guard:
                self._kept[key] = (time.monotonic(), value)
                self._kept.move_to_end(key)
                while len(self._kept) > self.kept_max:
                    self._kept.popitem(last=False)
            return value
        finally:
            with self._guard:
                self._making.discard(key)

    def peek(self, key: object) -> Value | None:
        """Give the value of `key` if it is fresh, without making one."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and time.monotonic() - kept[0] < self.fresh_s else None

    def forget(self) -> None:
        """Forget everything."""
        with self._guard:
            self._kept.clear()


DEPARTMENTS: Remembered[list[CategoryFacts]] = Remembered(30.0, 2_000)
"""Which departments and categories a store has something of; half a minute behind its shelf."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """A page that is the same for everybody, plain and packed. It holds no secret, so packing gives none away."""

    plain: bytes
    packed: bytes
    etag: str

    @classmethod
    def of(cls, text: str) -> Bytes:
        plain = text.encode()
        return cls(plain, gzip.compress(plain, 6, mtime=0), f'"{hashlib.blake2b(plain, digest_size=12).hexdigest()}"')


HOMES: Remembered[Bytes] = Remembered(5.0, 1_000)
"""Home pages by store and language: prices and "sold out" on them are up to five seconds old. An order asks anew."""


def departments_of(store_id: UUID) -> list[CategoryFacts]:
    """Give the store's departments with their categories."""
    return DEPARTMENTS.get(store_id, lambda: shelf_categories(store_id))


def categories_of(store_id: UUID) -> dict[UUID, CategoryFacts]:
    """Give the store's departments and categories by id."""
    return {one.id: one for department in departments_of(store_id) for one in (department, *department.children)}
