"""Live segments follow the lake's answer, and ready-made ones are put there."""

from sitong.insight.audience.actions.install import install_ready_made
from sitong.insight.audience.actions.refresh import LakeNotReady, Refreshed, refresh_segment, refresh_segments

__all__ = ["LakeNotReady", "Refreshed", "install_ready_made", "refresh_segment", "refresh_segments"]
