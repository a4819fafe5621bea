"""Demo carriers on loopback: they check and refuse as the real ones do, and what they take lands in an inbox that one can open."""
