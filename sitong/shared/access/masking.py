"""What screens show of personal data to those who need no more."""

from __future__ import annotations


def mask_phone(phone: str) -> str:
    """Show country code, the first three and the last four digits: "+86 138****5678"; short ones show the last two."""
    digits = phone.strip()
    country = ""
    if digits.startswith("+86"):
        country, digits = "+86 ", digits[3:]
    elif digits.startswith("+"):
        country, digits = digits[:3] + " ", digits[3:]
    if len(digits) >= 11:
        return f"{country}{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}"
    return f"{country}{'*' * max(len(digits) - 2, 0)}{digits[-2:]}" if digits else ""


def mask_name(name: str) -> str:
    """Show the first character, a star for each other one (four at most): "王*", "J****"; one character alone is a star."""
    name = name.strip()
    if not name:
        return ""
    return "*" if len(name) == 1 else name[0] + "*" * min(len(name) - 1, 4)


def mask_email(email: str) -> str:
    """Show the first character and the domain: "w***@example.com"."""
    local, at, domain = email.partition("@")
    return f"{local[:1]}***@{domain}" if at else mask_name(email)
