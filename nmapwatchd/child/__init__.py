"""The capture process: a program of its own, which imports the standard library only."""
