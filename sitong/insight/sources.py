"""The one place that reads other words' tables for figures."""
