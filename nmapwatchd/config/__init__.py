"""The operator's configuration file: one reader, validated settings."""
