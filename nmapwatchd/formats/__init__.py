"""Pure functions from a message to the bytes or fields that a sink sends."""
