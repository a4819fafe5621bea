"""What several pages of returns show alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from sitong.goods.catalog.queries import sku_facts
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import StoreFacts, store_facts
from sitong.scene.orders.queries import numbers_of
from sitong.scene.payments.queries import payments_of
from sitong.scene.returns.queries import return_detail
from sitong.scene.returns.rules import ReturnedAlready
from sitong.scene.returns.words import CONDITION_NAMES, KINDS, REASONS, REFUND_STATES, WAYS
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import Refused, sentence
from sitong.shared.i18n.formats import moment_text, quantity_text

HOME = "/store/returns/"


def return_context(viewer: Viewer, return_id: UUID) -> dict[str, Any]:
    """Give what every page about one return shows."""
    one = return_detail(return_id, viewer)
    stores = store_facts({one.store_id, one.sold_store_id})
    paid = payments_of([one.exchange_order_id]).get(one.exchange_order_id, []) if one.exchange_order_id else []
    return {
        "change_minor": sum(payment.change_minor for payment in paid if payment.state == "paid"),
        "one": one, "names": sku_facts({line.sku_id for line in one.lines}), "here": stores[one.store_id],
        "sold": stores[one.sold_store_id], "people": account_names({one.by} if one.by else set()), "reasons": REASONS, "kinds": KINDS,
        "conditions": CONDITION_NAMES, "ways": WAYS, "refund_states": REFUND_STATES,
        "member": member_facts([one.member_id]).get(one.member_id) if one.member_id else None,
        "numbers": numbers_of({one.order_id, *([one.exchange_order_id] if one.exchange_order_id else [])}),
    }  # fmt: skip


def why_not(refused: Refused, store: StoreFacts) -> str:
    """Say why not; of what came back already, when and where."""
    if not isinstance(refused, ReturnedAlready) or not refused.facts["store_id"]:
        return sentence(refused)
    place = store_facts([refused.facts["store_id"]]).get(refused.facts["store_id"])
    at = moment_text(datetime.fromisoformat(refused.facts["at"]), store.zone, "short")
    return _("Of {name} only {left} are left to return: return {number} took some back at {place} on {at}.").format(
        name=refused.facts["name"], left=quantity_text(refused.facts["left"]), number=refused.facts["number"],
        place=place.name if place else "", at=at,
    )  # fmt: skip
