"""Windows: what is remembered about one scanner, and when it is reported."""
