"""Static files with their content's hash in the name, once they are collected; under their plain names before that."""

from __future__ import annotations

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedAssets(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Name `console/desk.css` as `console/desk.<hash>.css`, which browsers keep for ever.

    Where nothing was collected (tests, a first look at the code) the plain name is given and WhiteNoise serves the file
    from the source tree.
    """

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """Give the hashed name, or the plain one while the file is not collected."""
        if self.clean_name(name) not in self.hashed_files:
            return name
        return str(super().stored_name(name))

    def url(self, name: str | None, force: bool = False) -> Any:
        """Give the file's address, from memory after the first time: templates ask for the same few again and again."""
        known = self.__dict__.setdefault("_addresses", {})
        if name not in known:
            known[name] = super().url(name, force)
        return known[name]
