"""Index of the word's tables; each stands in its topic."""

from sitong.member.identity.models import Member

__all__ = ["Member"]
