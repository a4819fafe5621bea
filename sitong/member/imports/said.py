"""What imports say to people: fields, kinds, states, and of each fault what is wrong and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

FIELD_NAMES: dict[str, Any] = {
    "name": _("Name"), "phone": _("Mobile phone"), "email": _("E-mail"), "birthday": _("Birthday"), "address": _("Address"), "city": _("City"),
    "card": _("Card number"), "buyer": _("Buyer's id at the marketplace"),
}  # fmt: skip
KIND_NAMES: dict[str, Any] = {
    "marketplace": _("Export of a marketplace"), "crm": _("Old customer system"), "cards": _("Paper cards, typed in"), "other": _("Something else"),
}  # fmt: skip
MARKETPLACES: dict[str, Any] = {
    "taobao": _("Taobao and Tmall"), "jd": _("JD"), "pdd": _("Pinduoduo"), "douyin": _("Douyin"), "kuaishou": _("Kuaishou"), "meituan": _("Meituan"),
    "wechat-shop": _("WeChat shop"), "other": _("Another one"),
}  # fmt: skip
STATE_NAMES: dict[str, Any] = {
    "uploading": _("being uploaded"), "received": _("being opened"), "uploaded": _("columns to be named"), "mapped": _("being checked"),
    "checked": _("to be decided"), "accepted": _("being linked"), "linked": _("linked"), "discarded": _("thrown away"),
    "unreadable": _("cannot be opened"),
}  # fmt: skip
STATE_COLORS = {
    "uploading": "secondary", "received": "azure", "uploaded": "orange", "mapped": "azure", "checked": "orange", "accepted": "azure",
    "linked": "green", "discarded": "secondary", "unreadable": "red",
}  # fmt: skip

RECORD_STATES: dict[str, Any] = {
    "waiting": _("not looked at yet"), "matched": _("are members already"), "created": _("became new members"), "queued": _("wait for a person"),
    "left": _("left alone"),
}  # fmt: skip

FAULTS: dict[str, tuple[Any, Any]] = {
    "encoding": (_("Signs in this line are broken."), _("Save the file as UTF-8 and upload it again, or type the line anew.")),
    "nul": (_("The line holds signs that no text has (NUL)."), _("Export the file again, or type the line anew.")),
    "line_long": (_("The line is far too long for one customer."), _("Look for a line break that is missing.")),
    "quotes": (_("A quotation mark is opened and not closed, or stands in the wrong place."), _("Mend the quotation marks in this line.")),
    "cells_few": (_("The line has fewer cells than there are columns."), _("Add what is missing, or empty cells.")),
    "cells_many": (_("The line has more cells than there are columns."), _("Put cells that hold the delimiter in quotation marks.")),
    "nobody": (_("Nothing says who this is."), _("Add a phone, card, e-mail or buyer's id; or a name with a birthday or an address.")),
    "phone_malformed": (_("This cannot be a phone number."), _("Correct the number.")),
    "phone_masked": (_("The phone number is masked with stars."), _("Export with whole numbers, if the members agreed to that.")),
    "phone_rounded": (_("A table program has rounded the phone number."), _("Make the column text before you type or paste the numbers, and save again.")),
    "phone_several": (_("There are several phone numbers."), _("The first one is taken. Nothing has to be done.")),
    "email_malformed": (_("This is no e-mail address."), _("Correct it; without it the line is taken all the same.")),
    "birthday_malformed": (_("This is no day on which somebody could be born."), _("Write it as 1990-05-31; without it the line is taken all the same.")),
    "birthday_no_year": (_("The birthday has no year."), _("Write it as 1990-05-31; without it the line is taken all the same.")),
    "birthday_unclear": (_("Day and month cannot be told apart."), _("Write it as 1990-05-31; without it the line is taken all the same.")),
    "card_malformed": (_("This cannot be the number of a card."), _("4 to 40 letters and digits; correct it.")),
    "card_rounded": (_("A table program has rounded the card number."), _("Make the column text before you type or paste the numbers, and save again.")),
    "buyer_malformed": (_("This cannot be a buyer's id."), _("Correct it.")),
    "buyer_masked": (_("The buyer's id is masked with stars."), _("Export it whole.")),
    "name_long": (_("The name is longer than 60 signs."), _("It is cut. Nothing has to be done.")),
    "city_long": (_("The city is longer than 40 signs."), _("It is cut. Nothing has to be done.")),
    "address_long": (_("The address is longer than 200 signs."), _("It is cut. Nothing has to be done.")),
}  # fmt: skip

UNREADABLE: dict[str, Any] = {
    "empty": _("There are no rows in it."),
    "xlsx_old": _(
        "This is an old Excel file (.xls) or one with a password. Save it as .xlsx without a password, or as CSV."
    ),
    "xlsx_broken": _("This Excel file is damaged. Open it in Excel, save it anew, and upload that."),
    "xlsx_too_large": _("This Excel file is too large to be opened safely. Save it as CSV and upload that."),
}


def fault_said(code: str) -> tuple[str, str]:
    """Say what is wrong, and what to do."""
    what, to_do = FAULTS.get(code, (code, ""))
    return str(what), str(to_do)


def column_said(number: int, name: str) -> str:
    """Name a column: by its head, else by its number; the whole line is 0."""
    if not number:
        return _now("The whole line")
    return name or _now("Column %(n)s") % {"n": number}
