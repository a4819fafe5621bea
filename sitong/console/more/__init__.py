"""Everything that a clerk may open, on one page of the phone."""
