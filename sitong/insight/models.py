"""Index of the word's tables; each stands in its topic."""
