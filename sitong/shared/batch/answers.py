"""How a refusal is answered by the API, the same from Django and from the hot lanes: status, and {code, message, facts}."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Any

import orjson
from django.utils import translation
from django.utils.translation import trans_real

from sitong.shared.batch.lane import TooSlow
from sitong.shared.errors import SENTENCES, Busy, NotAllowed, NotFound, NotSignedIn, Refused, TooMany, sentence


class Malformed(Refused):
    """The request cannot be read: no JSON, a wrong type, a missing field. `errors` says where. An API answers 422."""

    code = "shared.malformed"


class TooLarge(Refused):
    """The request's body has more than `bytes_max` bytes. An API answers 413."""

    code = "shared.too_large"


class NotThisWay(Refused):
    """The address does not take this method. An API answers 405."""

    code = "shared.not_this_way"


class Broken(Refused):
    """A bug of ours, logged under `request_id`. An API answers 500."""

    code = "shared.broken"


STATUSES: tuple[tuple[type[Refused], int], ...] = (
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (NotThisWay, 405),
    (TooLarge, 413),
    (Malformed, 422),
    (TooMany, 429),
    (Broken, 500),
    (Busy, 503),
    (TooSlow, 504),
)


def status_of(refused: Refused) -> int:
    """Give the HTTP status of a refusal; 409 where no other fits."""
    for kind, status in STATUSES:
        if isinstance(refused, kind):
            return status
    return 409


def body_of(refused: Refused) -> bytes:
    """Give the JSON of a refusal, its message in the active language."""
    return orjson.dumps({"code": refused.code, "message": sentence(refused), "facts": refused.facts}, default=str)


def headers_of(refused: Refused) -> dict[str, str]:
    """Give the headers that go with a refusal: when to come back, how to sign in."""
    if isinstance(refused, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="sitong"'}
    seconds = refused.facts.get("retry_after_s")
    return {"Retry-After": str(int(seconds))} if isinstance(seconds, int | float) else {}


def body_in(language: str, refused: Refused) -> bytes:
    """Give the JSON of a refusal in one language."""
    text = _sentence_form(refused.code, language)
    with suppress(KeyError, IndexError):
        text = text.format(**refused.facts)
    return orjson.dumps({"code": refused.code, "message": text, "facts": refused.facts}, default=str)


@lru_cache(maxsize=2000)
def _sentence_form(code: str, language: str) -> str:
    """The sentence of a code in a language, its facts still to be filled in; a rush of refusals translates it once."""
    with translation.override(language):
        return str(SENTENCES.get(code, code))


@lru_cache(maxsize=1000)
def language_of(accept_language: str) -> str:
    """Give the best of our languages for an Accept-Language header; the default one when none fits."""
    for wanted, _ in trans_real.parse_accept_lang_header(accept_language.lower()):
        if wanted == "*":
            break
        try:
            return translation.get_supported_language_variant(wanted)
        except LookupError:
            continue
    from django.conf import settings

    return str(settings.LANGUAGE_CODE)


def where_wrong(errors: list[Any]) -> list[dict[str, str]]:
    """Give pydantic's errors as [{at, what}]: the place in the request, and what is wrong there. Values stay out."""
    return [{"at": ".".join(map(str, one["loc"])), "what": str(one["msg"])} for one in errors[:20]]
