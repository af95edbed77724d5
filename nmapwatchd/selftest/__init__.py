"""The self-test: a marked datagram from the wire to every sink."""
