"""Sitong (四通): scene, member, goods and distribution connected, for a brand, its dealers, their stores and the consumers."""

__version__ = "0.1.0"
