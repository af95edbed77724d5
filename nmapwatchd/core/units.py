"""Units of packet time."""

# Nanoseconds in a second; packet time is counted in nanoseconds since the epoch.
SECOND = 1_000_000_000
