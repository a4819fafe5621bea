"""Index of the word's tables; each stands in its topic."""

from sitong.distribution.reimbursement.models import ClaimLine, Dispute, Settlement, Statement

__all__ = ["ClaimLine", "Dispute", "Settlement", "Statement"]
