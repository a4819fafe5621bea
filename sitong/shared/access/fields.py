"""Personal data at rest: sealed with AES-256-GCM, found by a keyed index."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE_BYTES = 12


def seal(text: str) -> str:
    """Encrypt with the current key: "<key number>:<base64 of nonce and ciphertext>". '' stays ''."""
    return seal_with(text, settings.KEYS.current)


def seal_with(text: str, number: int) -> str:
    """Encrypt with the key of this number, which a rotation may have made just now."""
    if not text:
        return ""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(settings.KEYS.derive("fields", number)).encrypt(nonce, text.encode(), None)
    return f"{number}:{base64.b64encode(nonce + sealed).decode()}"


def seal_many(texts: Iterable[str]) -> list[str]:
    """Do what `seal` does with each text; the cipher is made once."""
    number = settings.KEYS.current
    cipher, urandom, encode = AESGCM(settings.KEYS.derive("fields", number)), os.urandom, base64.b64encode
    sealed = []
    for text in texts:
        nonce = urandom(NONCE_BYTES)
        sealed.append(f"{number}:{encode(nonce + cipher.encrypt(nonce, text.encode(), None)).decode()}" if text else "")
    return sealed


def unseal(sealed: str) -> str:
    """Decrypt what `seal` gave, with whichever key sealed it."""
    if not sealed:
        return ""
    number, _, body = sealed.partition(":")
    raw = base64.b64decode(body)
    return (
        AESGCM(settings.KEYS.derive("fields", int(number))).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
    )


def keyed_index(text: str) -> bytes:
    """Give the look-up key of a normalised text: equal for equal texts, telling nothing without the secret."""
    return hmac.new(settings.KEYS.derive("index"), text.encode(), hashlib.sha256).digest()


def keyed_indexes(texts: Iterable[str]) -> list[bytes]:
    """Do what `keyed_index` does with each text; b'' for ''."""
    key = settings.KEYS.derive("index")
    return [hmac.digest(key, text.encode(), "sha256") if text else b"" for text in texts]


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # it takes none when the program runs
    """A text that is sealed in the database and clear in Python."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else seal(str(value))

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return None if value is None else unseal(value)
