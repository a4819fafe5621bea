"""Carriers of messages: one adapter for each provider's interface."""
