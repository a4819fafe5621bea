"""What advertising sends out and asks for as time passes."""

from __future__ import annotations

from datetime import datetime

from sitong.scene.adverts.messenger import pull_figures, send_campaigns
from sitong.shared.events.periodic import every


@every(20, "scene.send_ad_campaigns")
def send_what_is_approved(now: datetime) -> None:
    send_campaigns(now=now)


@every(3600, "scene.pull_ad_figures")
def ask_what_it_brought(now: datetime) -> None:
    pull_figures(now=now)
