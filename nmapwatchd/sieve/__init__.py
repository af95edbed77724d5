"""The sieve: catalogue to kernel filter, to display filter, to tshark's fields."""
