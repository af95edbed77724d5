"""Matching: which signatures an observation satisfies."""
