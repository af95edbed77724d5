"""The service: composition root, systemd, clock, directories, reload."""
