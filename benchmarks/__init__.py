"""Compares nmapwatchd with its peers: `python -m benchmarks`."""
