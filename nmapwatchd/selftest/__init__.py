"""The self-test: verifies the path from every interface to every sink with a canary datagram."""
