"""Attach classic BPF filters to sockets."""

import ctypes
import socket
import struct

INSTRUCTION_BYTES = 8  # struct sock_filter of linux/filter.h

_SO_ATTACH_FILTER = 26  # asm-generic/socket.h


def attach_filter(target: socket.socket, bpf: bytes) -> None:
    """
    Attach a filter to a socket; replaces an attached one.

    Raises:
        OSError: the kernel rejects the filter.
    """
    instructions = ctypes.create_string_buffer(bpf, len(bpf))
    # struct sock_fprog of linux/filter.h
    program = struct.pack("HP", len(bpf) // INSTRUCTION_BYTES, ctypes.addressof(instructions))
    target.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
