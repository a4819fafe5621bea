"""Index of the kernel's tables; each stands in its topic."""

from sitong.shared.access.models import Account, Audit, Bucket, RoleGrant, SignInCode
from sitong.shared.events.models import Cursor, Event, Parked, PeriodicRun, WebhookDelivery, WebhookEndpoint

__all__ = ["Account", "Audit", "Bucket", "Cursor", "Event", "Parked", "PeriodicRun", "RoleGrant", "SignInCode", "WebhookDelivery", "WebhookEndpoint"]
