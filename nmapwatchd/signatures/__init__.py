"""Data: the signatures of each matcher, one TOML file each, and their loader."""
