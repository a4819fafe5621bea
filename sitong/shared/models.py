"""Index of the kernel's tables; each stands in its topic."""

from sitong.shared.access.models import Account, Audit, Bucket, RoleGrant, SignInCode
from sitong.shared.events.models import Cursor, Event, Parked, PeriodicRun, WebhookDelivery, WebhookEndpoint
from sitong.shared.ledger.models import LedgerAccount, OpenTransfer, Transfer

__all__ = [
    "Account",
    "Audit",
    "Bucket",
    "Cursor",
    "Event",
    "LedgerAccount",
    "OpenTransfer",
    "Parked",
    "PeriodicRun",
    "RoleGrant",
    "SignInCode",
    "Transfer",
    "WebhookDelivery",
    "WebhookEndpoint",
]
