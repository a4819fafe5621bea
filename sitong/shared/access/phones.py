"""Telephone numbers in one written form (E.164), so that equal numbers are equal texts."""

from __future__ import annotations

import phonenumbers

HOME_REGION = "CN"


def normal_phone(written: str, *, region: str = HOME_REGION) -> str | None:
    """Give a number as E.164 ("+8613800138000"), None when it cannot be one. Full-width digits, spaces and dashes are fine."""
    try:
        parsed = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    return (
        phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_possible_number(parsed)
        else None
    )


def is_mobile(phone: str) -> bool:
    """Tell whether an E.164 number may be a mobile one, to which a code can be sent."""
    kind = phonenumbers.number_type(phonenumbers.parse(phone))
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
