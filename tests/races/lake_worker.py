"""A writer of a lake that stops, with its files in place, before they count: `lake_worker.py BRAND INSTANT`. It is killed there."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from uuid import UUID

import django


def main(brand_id: UUID, now: datetime) -> None:
    from sitong.insight.lake.actions import write_lake, writing
    from sitong.shared.access.scope import every_brand

    def stop(*_facts: object, **_options: object) -> None:
        print("written", flush=True)
        time.sleep(60)

    writing.let_count = stop
    with every_brand():
        write_lake(brand_id, now=now)


if __name__ == "__main__":
    django.setup()
    main(UUID(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
