"""Reads of claims: lists for each level, one statement whole, who the parties are."""
