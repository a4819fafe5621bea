"""A message as it goes out: its address, and its text with what is the member's own. Read at the moment of sending, never kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.marketing.messages.adapters.carrier import Item
from sitong.marketing.messages.catalog import fields_in, filled
from sitong.marketing.messages.links import link_of, stop_link_of
from sitong.marketing.messages.models import Message, MessageAddress, MessageChannel, MessageTemplate
from sitong.member.identity.queries import MemberFacts, key_values, member_facts
from sitong.member.points.queries import points_now
from sitong.member.tiers.queries import tiers_of
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared.access.queries import languages_of

NAMELESS = {"zh": "会员", "en": "member"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message ready to go: the provider's code for its language, and what the carrier needs."""

    message_id: UUID
    member_id: UUID
    template_id: UUID
    code: str
    signature: str
    item: Item


def addresses_of(
    channel: str, member_ids: Collection[UUID], account: str, *, facts: Mapping[UUID, MemberFacts] | None = None
) -> dict[UUID, str]:
    """Give the members' addresses in a channel, in clear; who has none is left out. `facts` when they are read already."""
    if channel in ("sms", "voice"):
        known = member_facts(member_ids) if facts is None else facts
        return {id: one.phone for id, one in known.items() if one.phone and not one.erased_at}
    if channel == "email":
        rows = MessageAddress.objects.filter(member_id__in=member_ids)
        return {row.member_id: row.address for row in rows}
    if channel == "wecom":
        return key_values(member_ids, "wecom_contact")
    return key_values(member_ids, "wechat_open", app=account)


def rendered(messages: Sequence[Message], account: MessageChannel, *, now: datetime) -> list[Rendered]:
    """Fill the texts of messages of one channel; a message without an address is left out. A fixed number of statements."""
    templates = MessageTemplate.objects.in_bulk({one.template_id for one in messages})
    member_ids = {one.member_id for one in messages}
    facts = member_facts(member_ids)
    addresses = addresses_of(account.channel, member_ids, account.account, facts=facts)
    own = own_values(member_ids, needed(templates.values()), now=now, facts=facts)
    found = []
    for one in messages:
        if (address := addresses.get(one.member_id)) is None or (template := templates.get(one.template_id)) is None:
            continue
        language, values = own[one.member_id]
        found.append(render_one(one, template, account, address, language, {**(one.fields or {}), **values}))
    return found


def render_one(
    message: Message,
    template: MessageTemplate,
    account: MessageChannel,
    address: str,
    language: str,
    values: Mapping[str, str],
) -> Rendered:
    """Fill one message in the member's language where the template speaks it, else in Chinese."""
    english = (
        language == "en" and bool(template.text_en) and bool(template.provider_code_en or not template.provider_code)
    )
    link = link_of(message.id) if template.link else ""
    values = {**values, "link": link}
    item = Item(
        message.id,
        address,
        tuple((name, values.get(field, "")) for name, field in template.slots),
        filled(template.text_en if english else template.text, values),
        filled((template.subject_en if english else "") or template.subject, values),
        link,
        stop_link_of(message.id) if template.channel == "email" else "",
    )
    code = template.provider_code_en if english else template.provider_code
    return Rendered(message.id, message.member_id, template.id, code, template.signature or account.sender, item)


def needed(templates: Collection[MessageTemplate]) -> frozenset[str]:
    """Give the fields that templates use, so that only those are looked up."""
    found = fields_in(*(text for one in templates for text in (one.text, one.text_en, one.subject, one.subject_en)))
    return found | {field for one in templates for _, field in one.slots}


def own_values(
    member_ids: Collection[UUID],
    wanted: Collection[str],
    *,
    now: datetime,
    facts: Mapping[UUID, MemberFacts] | None = None,
) -> dict[UUID, tuple[str, dict[str, str]]]:
    """Give each member's language and its own values of the catalog. Only what is wanted is read."""
    facts = member_facts(member_ids) if facts is None else facts
    languages = languages_of({one.account_id for one in facts.values() if one.account_id})
    brands = brand_facts({one.brand_id for one in facts.values()})
    stores = (
        store_facts({one.home_store_id for one in facts.values() if one.home_store_id}) if "store" in wanted else {}
    )
    tiers = tiers_of(facts, at=now) if "tier" in wanted else {}
    points = points_now(facts) if "points" in wanted else {}
    found = {}
    for id in member_ids:
        one = facts.get(id)
        language = _language(one, languages)
        values = {"member_name": (one.name if one else "") or NAMELESS[language]}
        if one:
            brand = brands[one.brand_id]
            values["brand"] = (brand.name_en or brand.name) if language == "en" else brand.name
            if store := stores.get(one.home_store_id):  # type: ignore[arg-type]
                values["store"] = (store.name_en or store.name) if language == "en" else store.name
        if tier := tiers.get(id):
            values["tier"] = (tier.name_en or tier.name) if language == "en" else tier.name
        if id in points:
            values["points"] = str(points[id].ready)
        found[id] = language, values
    return found


def _language(one: MemberFacts | None, languages: Mapping[UUID, str]) -> str:
    chosen = languages.get(one.account_id, "") if one and one.account_id else ""
    return "en" if chosen.startswith("en") else "zh"
