"""A laboratory of network namespaces where real scanners and clients meet real servers."""
