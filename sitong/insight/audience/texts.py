"""The words of the builder of rules, which its script puts on the page."""

from __future__ import annotations

from django.utils.translation import pgettext


def texts() -> dict[str, str]:
    """Give the words of the builder itself."""
    return {
        "currency": "¥",
        "yes": pgettext("rule", "yes"),
        "no": pgettext("rule", "no"),
        "add": pgettext("rule", "add …"),
        "search": pgettext("rule", "search by name or code …"),
        "nothing_found": pgettext("rule", "Nothing found"),
        "remove": pgettext("rule", "Remove"),
        "field": pgettext("rule", "What"),
        "comparison": pgettext("rule", "Comparison"),
        "value": pgettext("rule", "Value"),
        "measure": pgettext("rule", "How much"),
        "period": pgettext("rule", "When"),
        "subject": pgettext("rule", "What was done"),
        "holds": pgettext("rule", "Holds"),
        "group": pgettext("rule", "Group"),
        "tag": pgettext("rule", "Tag"),
        "segment": pgettext("rule", "Segment"),
        "days": pgettext("rule", "days"),
        "from": pgettext("rule", "From"),
        "until": pgettext("rule", "Until"),
        "in_the_last": pgettext("rule", "in the last"),
        "between": pgettext("rule", "between"),
        "ever": pgettext("rule", "at any time"),
        "first": pgettext("rule", "First"),
        "then": pgettext("rule", "then"),
        "then_not": pgettext("rule", "then not"),
        "each_within": pgettext("rule", "each step within"),
        "begun_in_the_last": pgettext("rule", "begun in the last"),
        "all_of": pgettext("rule", "All of these hold"),
        "any_of": pgettext("rule", "At least one of these holds"),
        "yes_it_holds": pgettext("rule", "It holds:"),
        "not_it_holds": pgettext("rule", "It does not hold:"),
        "kind_did": pgettext("rule", "did something"),
        "kind_is": pgettext("rule", "is somebody"),
        "kind_tag": pgettext("rule", "has a tag"),
        "kind_in": pgettext("rule", "belongs to a segment"),
        "kind_then": pgettext("rule", "one thing after another"),
        "add_did": pgettext("rule", "Did"),
        "add_is": pgettext("rule", "Is"),
        "add_then": pgettext("rule", "Sequence"),
        "add_tag": pgettext("rule", "Tag"),
        "add_in": pgettext("rule", "Segment"),
        "add_group": pgettext("rule", "Group"),
        "add_step": pgettext("rule", "Step"),
        "add_condition": pgettext("rule", "Condition"),
        "not_counted": pgettext("rule", "Not counted: no connection. It is counted again with the next change."),
    }
