"""Transports: each delivers formatted messages to one destination."""
