"""Index of the word's tables; each stands in its topic."""

from sitong.member.identity.models import Member
from sitong.member.wallet.models import TopUpPlan, WalletEntry, WalletTerms

__all__ = ["Member", "TopUpPlan", "WalletEntry", "WalletTerms"]
