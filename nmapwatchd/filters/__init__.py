"""Compile a catalogue to the kernel's packet filter and to tshark's settings."""
