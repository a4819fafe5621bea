"""An imported file of brand one that others would like to have."""

from __future__ import annotations

from typing import Any

from sitong.member.imports.models import ImportFile
from tests.make.imports import a_checked


def import_samples(brand: Any) -> dict[str, Any]:
    """A file whose lines were checked, with one that is bad."""
    file: ImportFile = a_checked(brand, "姓名,手机\n赵秘密,13811112222\n钱秘密,12\n".encode(), name="秘密导入.csv")
    return {"import_id": str(file.id), "piece": "0", "MappingSaid": {"mapping": ["name", "phone"]}}
