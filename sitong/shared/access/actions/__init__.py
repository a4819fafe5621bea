"""What changes accounts, roles, codes, limits and the audit log."""
