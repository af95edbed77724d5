"""The edge to the wire: the capture process, pyshark's tshark, decode, supervision."""
