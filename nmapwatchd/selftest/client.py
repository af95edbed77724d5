"""The self-test: sends our own canary past each watched interface, and waits for every sink."""

import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from nmapwatchd.core import canary
from nmapwatchd.selftest.session import Part

# Seconds more than the test takes that the service has to answer.
GRACE = 3.0

_IPV4 = 0x0800  # ETH_P_IP of linux/if_ether.h
_MAXIMUM_ANSWER = 1 << 16  # bytes


class SelfTestError(Exception):
    """The service could not be asked, or did not answer; the sentence says why."""


def request_selftest(place: Path, seconds: float) -> Iterator[Part]:
    """
    Yield each part of the way from the wire to the sinks, and what came of it.

    Args:
        place: the socket of the running service.
        seconds: how long it may take.

    Raises:
        SelfTestError: nothing can be said of the parts.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.settimeout(GRACE)
        try:
            asked.connect(str(place))
            asked.sendall(json.dumps({"seconds": seconds}).encode() + b"\n")
            answers = asked.makefile("rb")
            first = _answer(answers)
            unsent = dict(_send(first["interfaces"], first["token"]))
            asked.settimeout(seconds + GRACE)
            second = _answer(answers)
            for part in second["parts"]:
                name, fault = str(part["name"]), str(part["fault"])
                yield Part(name, unsent.get(name, fault), float(part["seconds"]))
        except TimeoutError as error:
            raise SelfTestError("the service runs, but does not answer") from error
        except FileNotFoundError as error:
            raise SelfTestError(f"the service does not run: there is no {place}") from error
        except ConnectionRefusedError as error:
            raise SelfTestError(f"the service does not run: nobody is at {place}") from error
        except PermissionError as error:
            raise SelfTestError("only root may ask for a self-test") from error
        except OSError as error:
            raise SelfTestError(f"{place}: {error.strerror}") from error
        except (ValueError, TypeError, KeyError) as error:
            raise SelfTestError(f"{place}: no service of ours is there") from error


def _answer(answers: BinaryIO) -> Mapping[str, Any]:
    line = answers.readline(_MAXIMUM_ANSWER)
    if not line:
        raise SelfTestError("the service ended while it was asked")
    answer: Mapping[str, Any] = json.loads(line)
    if "refused" in answer:
        raise SelfTestError(str(answer["refused"]))
    return answer


def _send(interfaces: Iterable[str], token: str) -> Iterator[tuple[str, str]]:
    """Send the canary out of each interface, to itself; yield those that refuse it, and why."""
    packet = canary.packet(token)
    for name in interfaces:
        # The kernel puts the link's header before it: what carries no Ethernet has another.
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as out:
            try:
                out.bind((name, 0))
                # To the interface's own address: a switch has nobody to hand it on to.
                address = out.getsockname()[4]
                out.sendto(packet, (name, _IPV4, 0, 0, address))
            except OSError as error:
                yield name, f"nothing can be sent on it: {error.strerror}"
