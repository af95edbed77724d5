"""Capture: frames of interfaces and files, through the capture process and tshark, decoded."""
