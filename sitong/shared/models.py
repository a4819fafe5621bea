"""Index of the kernel's tables; each stands in its topic."""

from sitong.shared.access.models import Account, Audit, RoleGrant
from sitong.shared.events.models import Cursor, Event, Parked

__all__ = ["Account", "Audit", "Cursor", "Event", "Parked", "RoleGrant"]
