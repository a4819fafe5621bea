"""What becomes of events that were put aside."""

from __future__ import annotations

from uuid import UUID

import pytest

from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound
from sitong.shared.events.actions import drop_parked, retry_parked
from sitong.shared.events.actions.parked import ParkedSettled, SubscriberGone
from sitong.shared.events.models import Parked
from sitong.shared.events.reader import drain
from tests.make.events import AT, BRAND, ring_bells, subscriber

OTHER = UUID(int=2)
CLERK = UUID(int=3)


class Moody:
    """A handler that fails on odd counts as long as it is told to."""

    def __init__(self) -> None:
        self.fails, self.heard = True, []

    def __call__(self, events) -> None:
        if self.fails and any(event.count % 2 for event in events):
            raise ValueError("odd")
        self.heard += [event.count for event in events]


@pytest.fixture
def moody(committed_db):
    handler = Moody()
    with subscriber("tests.moody", handler):
        ring_bells(2, 3, 4)
        drain("tests.moody")
        assert handler.heard == [2, 4]
        yield handler


def test_a_retried_event_is_handled_once_and_leaves_a_trace(moody):
    parked = Parked.objects.get()
    moody.fails = False
    assert retry_parked(parked.id, brand_id=BRAND, by=CLERK, now=AT).handled_at == AT
    assert moody.heard == [2, 4, 3]
    with pytest.raises(ParkedSettled):
        retry_parked(parked.id, brand_id=BRAND, by=CLERK, now=AT)
    assert moody.heard == [2, 4, 3]
    audit = Audit.objects.get()
    assert (audit.verb, audit.subject, audit.by, audit.after) == (
        "retried",
        "shared.parked",
        CLERK,
        {"handled": True, "tries": 1},
    )


def test_a_retry_that_fails_again_counts_and_stays_parked(moody):
    parked = retry_parked(Parked.objects.get().id, brand_id=BRAND, by=CLERK, now=AT)
    assert (parked.tries, parked.handled_at) == (2, None)
    assert "ValueError: odd" in Parked.objects.get().error
    assert Parked.objects.get().tries == 2


def test_a_dropped_event_keeps_its_reason(moody):
    parked = drop_parked(Parked.objects.get().id, brand_id=BRAND, reason="rung by mistake", by=CLERK, now=AT)
    assert (parked.dropped_at, parked.drop_reason) == (AT, "rung by mistake")
    with pytest.raises(ParkedSettled):
        retry_parked(parked.id, brand_id=BRAND, by=CLERK, now=AT)
    assert Audit.objects.get().after == {"reason": "rung by mistake"}


def test_another_brand_finds_nothing_and_changes_nothing(moody):
    moody.fails = False
    for decide in (
        lambda: retry_parked(Parked.objects.get().id, brand_id=OTHER, by=None, now=AT),
        lambda: drop_parked(Parked.objects.get().id, brand_id=OTHER, reason="mine", by=None, now=AT),
    ):
        with pytest.raises(NotFound):
            decide()
    assert moody.heard == [2, 4]
    assert not Audit.objects.exists()


def test_a_subscriber_that_no_longer_exists_cannot_retry(committed_db):
    with subscriber("tests.moody", Moody()):
        ring_bells(3)
        drain("tests.moody")
    with pytest.raises(SubscriberGone):
        retry_parked(Parked.objects.get().id, brand_id=BRAND, by=None, now=AT)
