"""The composition root: settings, urls, ASGI, command line, the consoles' shells. No tables."""
