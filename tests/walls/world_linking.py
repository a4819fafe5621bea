"""A linked file of brand one, with a pair that waits and a decision, that others would like to have."""

from __future__ import annotations

from typing import Any

from sitong.member.linking.models import LinkPair
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.linking import a_file, decided, linked
from tests.make.member import a_member


def linking_samples(brand: Any) -> dict[str, Any]:
    """A run, two pairs of which one was decided, and bodies that would change something."""
    now = clock.now()
    a_member(brand, phone="13844440001", name="邱秘密", now=now)
    a_member(brand, phone="13844440002", name="龚秘密", now=now)
    run = linked(
        a_file(brand, ["邱女士,13844440001,,,,,", "龚女士,13844440002,,,,,"], name="秘密匹配.csv", now=now), now=now
    )
    first, second = LinkPair.objects.filter(run=run).order_by("id")
    decision = decided(first, "different", now=now)
    return {
        "run_id": str(run.id), "pair_id": str(second.id), "decision_id": str(decision.id),
        "LinkDecisionNew": {"id": str(new_id()), "pair_id": str(second.id), "verdict": "same"},
        "LinkRunNew": {"id": str(new_id()), "import_id": str(run.file_id)},
    }  # fmt: skip
