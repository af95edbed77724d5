"""The pure core: no clock, no socket, no await; packet time is the only time."""
