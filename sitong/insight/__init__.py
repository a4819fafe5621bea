"""What happened: sources, metrics."""
