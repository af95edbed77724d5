"""Reports for a person, made from messages that were written before."""
