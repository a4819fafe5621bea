"""Chinese of the command line."""

CHINESE: dict[str, str] = {}
