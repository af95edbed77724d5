"""Alerts not yet delivered, on disk."""
