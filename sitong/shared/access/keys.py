"""The platform's secret keys: one file, several keys, the newest seals, all open."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeyRing:
    """Keys by number. The highest number is the current one; older ones only open what they sealed."""

    keys: dict[int, bytes]
    path: Path | None = None

    @classmethod
    def read(cls, path: Path) -> KeyRing:
        """Read the key file; make it with one random key (mode 0600) if there is none."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                json.dump({"1": secrets.token_hex(32)}, out)
            try:
                os.link(fresh, path)  # whoever comes first wins; the other reads the winner's
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return cls({int(number): bytes.fromhex(key) for number, key in json.loads(path.read_text()).items()}, path)

    @classmethod
    def rotate(cls, path: Path) -> KeyRing:
        """Put one more random key into the file, which from then on seals; older ones stay, to open what they sealed."""
        keys = {**cls.read(path).keys}
        keys[max(keys) + 1] = secrets.token_bytes(32)
        fresh = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump({str(number): key.hex() for number, key in keys.items()}, out)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
        return cls(keys, path)

    @property
    def current(self) -> int:
        """The number of the key that seals."""
        return max(self.keys)

    def derive(self, purpose: str, number: int | None = None) -> bytes:
        """Give a 32-byte key for one purpose (HKDF-like: HMAC-SHA256 of the purpose under the master key).

        Without a number, the first key's: what is derived so (cookies, look-up indexes) outlives a rotation. A number
        that came by a rotation after this process had started is read from the file.
        """
        if number is not None and number not in self.keys and self.path is not None:
            self.keys.update(KeyRing.read(self.path).keys)
        master = self.keys[min(self.keys) if number is None else number]
        return hmac.new(master, f"sitong:{purpose}".encode(), hashlib.sha256).digest()
