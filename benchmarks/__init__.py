"""What a stranger runs to compare nmapwatchd with its peers."""
