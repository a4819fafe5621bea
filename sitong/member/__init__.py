"""The person: identity."""
