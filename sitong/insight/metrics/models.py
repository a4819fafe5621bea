"""Totals that are kept up to date by the event handler, so that no page scans orders."""
