"""What changes the ledger: accounts are opened, transfers posted, pending ones expire. Nothing is ever changed or deleted."""

from sitong.shared.ledger.actions.accounts import AccountWanted, open_accounts
from sitong.shared.ledger.actions.transfers import expire_transfers, lock_accounts, post_transfers
from sitong.shared.ledger.rules import Posted, TransferWanted

__all__ = [
    "AccountWanted",
    "Posted",
    "TransferWanted",
    "expire_transfers",
    "lock_accounts",
    "open_accounts",
    "post_transfers",
]
