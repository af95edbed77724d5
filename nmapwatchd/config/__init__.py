"""The operator's configuration file: read, validated, turned into settings."""
