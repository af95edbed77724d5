"""The capture process: a program of its own, with Python's standard library alone."""
