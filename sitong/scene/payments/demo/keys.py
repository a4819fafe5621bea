"""The keys of both sides of the demo: the merchant's and the provider's, made once and kept in one file."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048


@dataclass(frozen=True)
class DemoKeys:
    """PEM texts, the 32-character APIv3 key and the numbers by which the sides know each other."""

    merchant_number: str
    app_id: str
    serial: str
    merchant_private: str
    merchant_public: str
    api_key: str
    provider_key_id: str
    provider_private: str
    provider_public: str

    @classmethod
    def read(cls, path: Path) -> DemoKeys:
        """Read the key file, or make it (mode 0600) with fresh keys."""
        if path.exists():
            return cls(**json.loads(path.read_text()))
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = cls.make()
        fresh = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(asdict(keys), out)
        fresh.replace(path)
        return keys

    @classmethod
    def make(cls) -> DemoKeys:
        """Make fresh keys for both sides."""
        merchant_private, merchant_public = _pair()
        provider_private, provider_public = _pair()
        return cls(
            merchant_number="1900000001", app_id="wxdemo0000000001", serial=secrets.token_hex(20).upper(),
            merchant_private=merchant_private, merchant_public=merchant_public, api_key=secrets.token_hex(16),
            provider_key_id=f"PUB_KEY_ID_{secrets.token_hex(16).upper()}", provider_private=provider_private, provider_public=provider_public,
        )  # fmt: skip


def _pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
