"""Windows: what is known of each scan, and when it is reported."""
