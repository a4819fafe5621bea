"""The Lane: requests that arrive while a batch is being committed become the next batch.

A hot action takes a sequence and gives one outcome for each item, so that many callers share one transaction. The
lane gathers for it, without ever waiting for more: an idle lane runs a lone item at once. What a caller gets:

- its own outcome, once the batch is durable. A `Refused` is an outcome like any other: it is *returned*, never raised;
- `Busy`, when the queue is full, the lane is closing, or the database stayed away longer than `retry_s`;
- `TooSlow`, when no outcome came within `timeout_s`. The item may still be committed: ask again with the same id;
- the exception of a bug, raised, for the one item that causes it: a batch that crashes is halved until it stands alone.

Items are repeat-safe by their ids, so a batch that broke off with the connection is simply run again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

from sitong.shared.access.scope import show_every_brand
from sitong.shared.batch.meters import Meters
from sitong.shared.errors import Busy, Refused
from sitong.shared.observe.tracing import span

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
PENDING = object()
log = structlog.get_logger("sitong.batch")


class TooSlow(Refused):
    """No outcome came in time. The request may still be carried out: repeat it with the same id. An API answers 504."""

    code = "shared.too_slow"


class Ticket:
    """One item on its way, and where its outcome goes: to a future of an event loop, or to a waiting thread."""

    __slots__ = ("entered_s", "failure", "future", "item", "loop", "outcome", "ready")

    def __init__(self, item: Any, entered_s: float) -> None:
        self.item = item
        self.entered_s = entered_s
        self.outcome: Any = PENDING
        self.failure: BaseException | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.future: asyncio.Future[Any] | None = None
        self.ready: threading.Event | None = None


class Lane(Generic[Item, Outcome]):
    """Gathers items for a hot action, which runs in one thread with its own connection, all brands shown."""

    def __init__(
        self,
        name: str,
        action: Callable[[Sequence[Item]], Sequence[Outcome | Refused]],
        *,
        batch_max: int = 500,
        queue_max: int = 10_000,
        timeout_s: float = 10.0,
        retry_s: float = 5.0,
    ) -> None:
        """`action` commits by itself. At most `queue_max` items wait; a broken connection is tried for `retry_s`."""
        self.name = name
        self.action = action
        self.batch_max, self.queue_max, self.timeout_s, self.retry_s = batch_max, queue_max, timeout_s, retry_s
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._watched: dict[asyncio.AbstractEventLoop, deque[Ticket]] = {}
        self._meters = Meters(name, self._queue.qsize)

    # --- callers ------------------------------------------------------------------------------------------------------

    async def submit(self, item: Item) -> Outcome | Refused:
        """Hand in an item and give its outcome, from an event loop."""
        if (busy := self._full()) is not None:
            return busy
        loop = asyncio.get_running_loop()
        ticket = Ticket(item, time.perf_counter())
        ticket.loop = loop
        ticket.future = future = loop.create_future()
        watched = self._watched.get(loop)
        if watched is None:
            watched = self._watch(loop)
        watched.append(ticket)
        self._queue.put(ticket)
        return await future  # type: ignore[no-any-return]

    def submit_sync(self, item: Item) -> Outcome | Refused:
        """Hand in an item and give its outcome, from a thread."""
        if (busy := self._full()) is not None:
            return busy
        ticket = Ticket(item, time.perf_counter())
        ticket.ready = threading.Event()
        self._queue.put(ticket)
        if not ticket.ready.wait(self.timeout_s):
            self._meters.late.inc()
            return TooSlow(timeout_s=self.timeout_s)
        if ticket.failure is not None:
            raise ticket.failure
        return ticket.outcome  # type: ignore[no-any-return]

    @property
    def waiting(self) -> int:
        """How many items are waiting for a batch."""
        return self._queue.qsize()

    def start(self) -> None:
        """Start the lane's thread; the first item does it too."""
        with self._guard:
            if self._closing or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._run, name=f"lane-{self.name}", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Take no more items, finish those that were accepted, close the connection. Gives False when time ran out."""
        with self._guard:
            self._closing = True
            thread, self._thread = self._thread, None
        if thread is None:
            return True
        self._queue.put(None)
        thread.join(timeout_s)
        if thread.is_alive():
            return False
        self._turn_away_the_rest()
        return True

    def reopen(self) -> None:
        """Take items again after `stop`."""
        with self._guard:
            self._closing = False

    def _turn_away_the_rest(self) -> None:
        """Answer what slipped in while the lane closed; none of it was begun."""
        rest: list[Ticket] = []
        while not self._queue.empty():
            if (ticket := self._queue.get()) is not None:
                ticket.outcome = Busy(retry_after_s=1)
                rest.append(ticket)
        self._deliver(rest)

    def _full(self) -> Busy | None:
        if self._closing or self._queue.qsize() >= self.queue_max:
            self._meters.turned_away.inc()
            return Busy(retry_after_s=1)
        if self._thread is None:
            self.start()
        return None

    # --- time limits, one timer per loop ------------------------------------------------------------------------------

    def _watch(self, loop: asyncio.AbstractEventLoop) -> deque[Ticket]:
        for gone in [one for one in self._watched if one.is_closed()]:
            del self._watched[gone]
        watched = self._watched[loop] = deque()
        loop.call_later(self.timeout_s / 8, self._sweep, loop, watched)
        return watched

    def _sweep(self, loop: asyncio.AbstractEventLoop, watched: deque[Ticket]) -> None:
        """Answer the callers whose time is over. Tickets stand in order of arrival, so the late ones stand first."""
        entered_before_s = time.perf_counter() - self.timeout_s
        while watched:
            future = watched[0].future
            assert future is not None
            if not future.done():
                if watched[0].entered_s > entered_before_s:
                    break
                self._meters.late.inc()
                future.set_result(TooSlow(timeout_s=self.timeout_s))
            watched.popleft()
        loop.call_later(self.timeout_s / 8, self._sweep, loop, watched)

    # --- the lane's thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        open_for_more = True
        while open_for_more or not self._queue.empty():
            batch, open_for_more = self._gather(open_for_more)
            if batch:
                self._carry(batch)
        connection.close()

    def _gather(self, open_for_more: bool) -> tuple[list[Ticket], bool]:
        """Give what waits now, at most `batch_max`; sleep only when nothing does. A None closes the lane."""
        batch: list[Ticket] = []
        get = self._queue.get
        try:
            ticket = get(open_for_more)
            while ticket is not None:
                batch.append(ticket)
                if len(batch) == self.batch_max:
                    return batch, open_for_more
                ticket = get(False)
        except Empty:
            return batch, open_for_more
        return batch, False

    def _carry(self, batch: list[Ticket]) -> None:
        started_s = time.perf_counter()
        wanted = []
        for ticket in batch:
            if started_s - ticket.entered_s < self.timeout_s:
                wanted.append(ticket)
            else:  # its caller was told so already: not begun any more
                ticket.outcome = TooSlow(timeout_s=self.timeout_s)
        try:
            if wanted:
                with span("lane", lane=self.name, items=len(wanted)):
                    self._commit(wanted, started_s + self.retry_s)
        except BaseException as bug:  # the lane outlives everything
            log.exception("lane.broke", lane=self.name)
            for ticket in wanted:
                if ticket.outcome is PENDING:
                    ticket.failure = bug
        self._meters.batch_done(len(batch), started_s - batch[0].entered_s, time.perf_counter() - started_s)
        self._deliver(batch)

    def _commit(self, batch: list[Ticket], give_up_s: float) -> None:
        """Run the action over the batch and put the outcomes on the tickets; halve a batch that crashes."""
        try:
            outcomes = self._act([ticket.item for ticket in batch], give_up_s)
        except Exception as bug:
            if len(batch) == 1:
                log.exception("lane.item_failed", lane=self.name)
                self._meters.failed.inc()
                batch[0].failure = bug
                return
            log.warning("lane.batch_failed", lane=self.name, items=len(batch), error=repr(bug))
            half = len(batch) // 2
            self._commit(batch[:half], give_up_s)
            self._commit(batch[half:], give_up_s)
            return
        for ticket, outcome in zip(batch, outcomes, strict=True):
            ticket.outcome = outcome

    def _act(self, items: list[Item], give_up_s: float) -> Sequence[Outcome | Refused]:
        """Run the action; when the connection breaks or transactions collide, again until `give_up_s` has come."""
        pause_s = 0.02
        while True:
            try:
                show_every_brand()  # costs a query on a new connection only
                outcomes = self.action(items)
                if len(outcomes) != len(items):
                    raise RuntimeError(f"lane {self.name}: {len(outcomes)} outcomes for {len(items)} items")
                return outcomes
            except (OperationalError, InterfaceError) as trouble:
                broken = not _usable()
                if isinstance(trouble, InterfaceError) and not broken:
                    raise
                if time.perf_counter() > give_up_s:
                    if not broken and len(items) > 1:
                        raise  # perhaps one item is the cause: halve
                    log.error("lane.database_away", lane=self.name, items=len(items), error=repr(trouble))
                    return [Busy(retry_after_s=2)] * len(items)
                self._meters.retried.inc()
                time.sleep(pause_s)
                pause_s = min(pause_s * 2, 0.5)

    def _deliver(self, batch: list[Ticket]) -> None:
        """Wake the callers: each loop once for the whole batch."""
        by_loop: dict[asyncio.AbstractEventLoop, list[Ticket]] = {}
        for ticket in batch:
            if ticket.ready is not None:
                ticket.ready.set()
            elif ticket.loop is not None:
                by_loop.setdefault(ticket.loop, []).append(ticket)
        for loop, tickets in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, tickets)
            except RuntimeError:  # the loop was closed: nobody waits any more
                log.warning("lane.callers_gone", lane=self.name, items=len(tickets))


def _resolve(tickets: Iterable[Ticket]) -> None:
    for ticket in tickets:
        future = ticket.future
        if future is None or future.done():  # timed out, or its caller left
            continue
        if ticket.failure is None:
            future.set_result(ticket.outcome)
        else:
            future.set_exception(ticket.failure)


def _usable() -> bool:
    """Tell whether this thread's connection still works; close it if not, so that the next use opens a new one."""
    if connection.connection is not None and not connection.connection.closed and connection.is_usable():
        return True
    connection.close()
    return False
