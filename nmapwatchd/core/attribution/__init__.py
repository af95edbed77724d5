"""Who is responsible for a sighting: duplicates, replies, decoys, caveats, the allowlist."""
