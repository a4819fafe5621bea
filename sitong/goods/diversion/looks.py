"""What the pages, the API and the evidence pack show of alerts: names, sentences, maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sitong.goods.codes.models import CodeBatch
from sitong.goods.diversion import words
from sitong.goods.diversion.evidence import Pack
from sitong.goods.diversion.maps import Drawing, coarsened, drawing_of
from sitong.goods.diversion.models import CodeAlert, CodeAlertStep
from sitong.goods.diversion.queries.alerts import steps_of
from sitong.goods.diversion.queries.evidence import Evidence, evidence_of, far_cells
from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealer_facts, territories
from sitong.org.stores.queries import store_facts
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import Viewer
from sitong.shared.i18n.formats import moment_text

SPOTS_RESOLUTION = 6
DRAWN_MAX = 12
NEUTRAL = ("new", "looked_at", "reopened")


@dataclass(frozen=True, slots=True)
class AlertLook:
    """One alert as people see it."""

    alert: Any
    kind: str
    subject: str
    state: str
    color: str


def looks_of(alerts: Sequence[Any]) -> list[AlertLook]:
    """Give alerts with their names. Three statements, whatever the number."""
    dealers = dealer_facts({one.dealer_id for one in alerts if one.dealer_id})
    stores = store_facts({one.store_id for one in alerts if one.store_id})
    batches = dict(
        CodeBatch.objects.filter(id__in={one.batch_id for one in alerts if one.batch_id}).values_list("id", "number")
    )
    return [
        AlertLook(
            one,
            str(words.KINDS[one.kind]),
            _subject(one, dealers, stores, batches),
            str(words.STATES[one.state]),
            words.COLORS[one.state],
        )
        for one in alerts
    ]


def is_masked(viewer: Viewer) -> bool:
    """Tell whether a viewer gets coarse places and days only: everybody but those of the brand who decide."""
    return not (viewer.system == "brand" and viewer.may("diversion.change"))


@dataclass(frozen=True, slots=True)
class AlertWhole:
    """One alert with everything: for its page and its pack."""

    look: AlertLook
    heading: str
    sentences: list[str]
    steps: list[tuple[CodeAlertStep, str, str]]
    evidence: Evidence
    drawing: Drawing | None
    masked: bool
    zone: str

    def pack(self, *, now: datetime) -> Pack:
        """Give what goes into the evidence pack."""
        alert = self.look.alert
        steps = [
            f"{moment_text(step.at, self.zone, 'medium')} · {verb} · {name}"
            + (f" · {step.reason}" if step.reason else "")
            for step, verb, name in self.steps
        ]
        facts = {
            "kind": alert.kind,
            "state": alert.state,
            "weight_db": alert.weight_db,
            "opened_at": alert.opened_at,
            **alert.facts,
        }
        return Pack(
            alert.number,
            self.heading,
            self.sentences,
            steps,
            facts,
            self.evidence,
            self.drawing,
            self.masked,
            self.zone,
            now,
        )


def whole_of(alert: Any, viewer: Viewer) -> AlertWhole:
    """Give one alert whole, masked for those who need no more. A fixed number of statements."""
    (look,) = looks_of([alert])
    masked, english = is_masked(viewer), (get_language() or "").startswith("en")
    evidence = evidence_of(alert, masked=masked, english=english)
    steps = steps_of(alert.id)
    people = account_names([step.by for step in steps if step.by]) if not masked else {}
    said = [(step, str(words.VERBS[step.verb]), people.get(step.by, "") if step.by else "") for step in steps]
    heading = _("{kind}: {subject}").format(kind=look.kind, subject=look.subject)
    return AlertWhole(
        look, heading, words.sentences_of(alert.kind, alert.facts, look.subject), said, evidence,
        drawing_of(evidence.own, evidence.others, coarsened(evidence.cells, SPOTS_RESOLUTION)), masked,
        brand_facts([alert.brand_id])[alert.brand_id].zone,
    )  # fmt: skip


def overview_of(alerts: Sequence[Any], *, masked: bool) -> Drawing | None:
    """Draw the dealers with open alerts, and where their goods were scanned outside of their territories."""
    open_ones = [one for one in alerts if one.state in NEUTRAL or one.state == "confirmed"]
    dealer_ids = list(dict.fromkeys(one.dealer_id for one in open_ones if one.dealer_id))[:DRAWN_MAX]
    if not dealer_ids:
        return None
    english = (get_language() or "").startswith("en")
    dealers, cells = dealer_facts(dealer_ids), territories(dealer_ids)
    own = [(_name(dealers[key], english), cells[key]) for key in dealer_ids if key in dealers]
    spots = far_cells(open_ones[0].brand_id, {one.period_on for one in open_ones}, dealer_ids)
    return drawing_of(own, [], coarsened(spots, 5 if masked else SPOTS_RESOLUTION))


def _subject(one: CodeAlert, dealers: Any, stores: Any, batches: dict[UUID, str]) -> str:
    english = (get_language() or "").startswith("en")
    if one.kind == "code":
        return f"{batches.get(one.batch_id, '')} / {one.serial}" if one.batch_id else ""
    found = stores.get(one.store_id) if one.store_id else dealers.get(one.dealer_id)
    return _name(found, english) if found else "–"


def _name(facts: Any, english: bool) -> str:
    return str(facts.name_en if english and facts.name_en else facts.name)
