"""The self-test's client: sends a canary past each interface and returns the service's results."""

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from nmapwatchd.core import canary
from nmapwatchd.selftest.protocol import (
    MAXIMUM_MESSAGE,
    ProtocolError,
    Refused,
    SelfTestResult,
    decode_instructions,
    decode_results,
    encode_request,
    encode_unsent,
)

# Seconds that the service has to reply, beyond the time limit of the test.
REPLY_SECONDS = 3.0

_ENDED = "the service ended during the self-test"
_IPV4 = 0x0800  # ETH_P_IP of linux/if_ether.h


class SelfTestError(Exception):
    """The self-test could not be run; the text is the reason."""


def request_selftest(path: Path, seconds: float) -> Iterator[SelfTestResult]:
    """
    Run a self-test, and yield the result for each interface and sink.

    Args:
        path: the socket of the running service.
        seconds: time limit.

    Raises:
        SelfTestError: there are no results.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(REPLY_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(encode_request(seconds))
            replies = connection.makefile("rb")
            instructions = decode_instructions(_reply(replies))
            unsent = dict(_send(instructions.interfaces, instructions.token))
            connection.sendall(encode_unsent(unsent))
            connection.settimeout(seconds + REPLY_SECONDS)
            yield from decode_results(_reply(replies))
        except Refused as error:
            raise SelfTestError(str(error)) from error
        except ProtocolError as error:
            raise SelfTestError(f"{path}: not a socket of nmapwatchd") from error
        except TimeoutError as error:
            raise SelfTestError("the service does not respond") from error
        except FileNotFoundError as error:
            raise SelfTestError(f"not running: no socket at {path}") from error
        except ConnectionRefusedError as error:
            raise SelfTestError(f"not running: connection refused by {path}") from error
        except (BrokenPipeError, ConnectionResetError) as error:
            raise SelfTestError(_ENDED) from error
        except PermissionError as error:
            raise SelfTestError("only root may run a self-test") from error
        except OSError as error:
            raise SelfTestError(f"{path}: {error.strerror}") from error


def _reply(replies: BinaryIO) -> bytes:
    line = replies.readline(MAXIMUM_MESSAGE)
    if not line:
        raise SelfTestError(_ENDED)
    return line


def _send(interfaces: Iterable[str], token: str) -> Iterator[tuple[str, str]]:
    """Send the canary out of each interface to itself; yield each that fails, and the error."""
    packet = canary.packet(token)
    for name in interfaces:
        # SOCK_DGRAM: the kernel adds the link's header, which is not Ethernet's on every link.
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as out:
            try:
                out.bind((name, 0))
                # To the interface's own address, so that no switch forwards it.
                address = out.getsockname()[4]
                out.sendto(packet, (name, _IPV4, 0, 0, address))
            except OSError as error:
                yield name, f"cannot send: {error.strerror}"
