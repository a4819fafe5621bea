"""What of two faces is compared and how, which pairs are looked at, and on what the model learns: all as settings of Splink.

What a household shares (phone, address, store) counts once: where two have the same phone, their address says nothing more.
"""

from __future__ import annotations

from typing import Any

VERSION = 1
"""Rises whenever comparisons or levels change: a model trained under another version is trained anew."""


def _level(condition: str, label: str, **more: Any) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": label, **more}


def _null(condition: str) -> dict[str, Any]:
    return _level(condition, "nothing", is_null_level=True)


def _term(column: str, weight: float = 1.0) -> dict[str, Any]:
    return {"tf_adjustment_column": column, "tf_adjustment_weight": weight}


ELSE = _level("ELSE", "other")
SAME_PHONE = "coalesce(phone_l = phone_r, false)"
SAME_HOUSE = f"({SAME_PHONE} OR coalesce(place_l = place_r, false))"

COMPARISONS: dict[str, list[dict[str, Any]]] = {
    "name": [
        _null("name_l IS NULL OR name_r IS NULL"),
        _level("titled_l = titled_r AND NOT titled_l AND name_l = name_r", "same", **_term("name"), disable_tf_exact_match_detection=True),
        _level("NOT titled_l AND NOT titled_r AND sound_l = sound_r", "sound", **_term("sound"), disable_tf_exact_match_detection=True),
        _level("NOT titled_l AND NOT titled_r AND sound_sorted_l = sound_sorted_r", "turned"),
        _level("(titled_l OR titled_r) AND surname_l = surname_r", "title"),
        _level("length(name_l) > 2 AND levenshtein(sound_l, sound_r) = 1", "one_sign"),
        _level("surname_l = surname_r", "surname"),
        ELSE,
    ],
    "phone": [
        _null("phone_l IS NULL OR phone_r IS NULL"),
        _level("phone_l = phone_r", "same", **_term("phone")),
        _level("levenshtein(phone_l, phone_r) = 1", "one_sign", u_probability=2e-7, fix_u_probability=True),
        ELSE,
    ],
    "birthday": [
        _null("birthday_day_l IS NULL OR birthday_day_r IS NULL"),
        _level("birthday_l = birthday_r", "same"),
        _level("birthday_day_l = birthday_day_r AND (birthday_l IS NULL OR birthday_r IS NULL)", "day", m_probability=0.02, u_probability=5e-5),
        _level("levenshtein(birthday_l, birthday_r) = 1", "one_sign"),
        _level("left(birthday_l, 7) = left(birthday_r, 7)", "month"),
        ELSE,
    ],
    "email": [
        _null("email_l IS NULL OR email_r IS NULL"),
        _level("email_l = email_r", "same", **_term("email"), u_probability=1e-6, fix_u_probability=True),
        ELSE,
    ],
    "address": [
        _null(f"place_l IS NULL OR place_r IS NULL OR {SAME_PHONE}"),
        _level("address_l = address_r AND place_l = place_r", "same"),
        _level("place_l = place_r", "place"),
        _level("city_l = city_r", "city"),
        ELSE,
    ],
    "card": [
        _null("card_l IS NULL OR card_r IS NULL"),
        _level("card_l = card_r", "same", **_term("card"), u_probability=1e-6, fix_u_probability=True),
        ELSE,
    ],
    "store": [
        _null(f"store_l IS NULL OR store_r IS NULL OR {SAME_HOUSE}"),
        _level("store_l = store_r", "same", **_term("store")),
        ELSE,
    ],
}  # fmt: skip

LOOKED_AT = (
    "l.phone = r.phone",
    "l.email = r.email",
    "l.card = r.card",
    "l.birthday_day = r.birthday_day AND l.sound_sorted = r.sound_sorted",
    "l.place = r.place AND l.sound_sorted = r.sound_sorted",
    "l.place = r.place AND l.birthday_day = r.birthday_day",
    "right(l.phone, 8) = right(r.phone, 8) AND l.surname = r.surname",
    "left(l.phone, 7) = left(r.phone, 7) AND l.sound_sorted = r.sound_sorted",
    "right(l.phone, 4) = right(r.phone, 4) AND l.sound_sorted = r.sound_sorted",
    "right(l.phone, 4) = right(r.phone, 4) AND l.birthday = r.birthday",
    "left(l.phone, 7) = left(r.phone, 7) AND l.birthday = r.birthday",
)
"""Two faces are compared when one of these holds: one strong field, or two that are weak."""

LEARNED_ON = ("l.phone = r.phone", "l.sound = r.sound AND l.birthday = r.birthday", "l.email = r.email")
"""Pairs on which the shares among true matches (m) are learned, each for the fields that it does not ask for."""

SURE = ("l.phone = r.phone AND l.sound = r.sound", "l.email = r.email AND l.surname = r.surname", "l.card = r.card")
SURE_RECALL = 0.75
"""Pairs that are nearly always one person, and what share of all true pairs they are: from this, how rare a match is."""


APART = (
    "name IN ('surname', 'other', 'one_sign') AND birthday IN ('month', 'other') AND email <> 'same' AND card <> 'same'"
)
"""Two are not one, whatever else agrees: another given name and another birthday (a family with one phone)."""

UNSURE = "name IN ('surname', 'other') AND card <> 'same'"
"""Never joined by itself, however much else agrees: another given name (twins share birthday, phone and address)."""

TERMS = ("name", "sound", "phone", "email", "card", "store")
"""Columns of which some values are more common than others: two named 张伟 say less than two named 邱梓涵."""


def settings_wanted() -> dict[str, Any]:
    """Give the settings of an untrained model."""
    return {
        "link_type": "dedupe_only",
        "sql_dialect": "duckdb",
        "unique_id_column_name": "unique_id",
        "comparisons": [
            {"output_column_name": name, "comparison_levels": [dict(level) for level in levels]}
            for name, levels in COMPARISONS.items()
        ],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in LOOKED_AT],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "max_iterations": 15,
        "em_convergence": 0.001,
    }
