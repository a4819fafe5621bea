"""Builders: each makes one thing through the product's own actions, with sound defaults."""
