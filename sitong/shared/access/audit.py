"""The trace of every change by staff: `record([AuditEntry(…)], at=now)` inside the change's own transaction."""

from sitong.shared.access.actions.audit import AuditEntry, differing, record

__all__ = ["AuditEntry", "differing", "record"]
