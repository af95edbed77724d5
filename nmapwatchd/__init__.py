"""nmapwatchd names the hosts that run nmap on your network."""

__version__ = "0.1.0"
