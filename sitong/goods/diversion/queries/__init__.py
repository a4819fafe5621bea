"""Read counts, evidence and alerts."""
