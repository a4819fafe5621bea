"""A worker that moves a journey's members, slowly enough to be killed in the middle: `journey_worker.py JOURNEY INSTANT`."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from uuid import UUID

import django

PIECE = 5


def main(journey_id: UUID, now: datetime) -> None:
    from sitong.marketing.journeys.actions import move
    from sitong.shared.access.scope import every_brand

    write = move._write

    def slowly(*args: object) -> None:
        print("planned", flush=True)
        time.sleep(0.05)
        write(*args)

    move._write = slowly
    with every_brand():
        while move.move_due(journey_id, now=now, most=PIECE):
            pass
    print("over", flush=True)


if __name__ == "__main__":
    django.setup()
    main(UUID(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
