"""Signatures and how they are matched against an observation."""
