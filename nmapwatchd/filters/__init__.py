"""The sieve: catalogue to kernel filter, and to tshark's fields."""
