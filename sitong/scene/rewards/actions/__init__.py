"""What changes what orders count for: they are looked at anew, brought in from elsewhere, or follow a joined member."""

from sitong.scene.rewards.actions.imported import count_imported
from sitong.scene.rewards.actions.orders import align_rewards, reward_orders

__all__ = ["align_rewards", "count_imported", "reward_orders"]
