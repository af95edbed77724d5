"""nmapwatchd detects hosts that run nmap on a network."""

__version__ = "0.1.0"
