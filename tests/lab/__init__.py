"""A lab of network namespaces in which real scanners and clients connect to real servers."""
