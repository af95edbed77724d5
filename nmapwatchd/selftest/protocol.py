"""
The messages between the self-test's client and server: one line of JSON each.

The client sends a request. The server replies with instructions, which name the interfaces and the
token to send. The client sends that, and reports which interfaces it could not send on; the server
replies with the results. Instead of either reply, the server may send a refusal.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

# Bytes of a message: names and errors of hundreds of interfaces.
MAXIMUM_MESSAGE = 1 << 16
# Time limits of a self-test that may be requested, seconds.
MINIMUM_SECONDS, MAXIMUM_SECONDS = 1, 120

_Message = TypeVar("_Message")


class ProtocolError(Exception):
    """A line is not the message that was expected."""


class Refused(Exception):  # noqa: N818 - a reply, not a failure of the protocol
    """The server refused the request; the text is the reason."""


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """
    The result for one interface or sink.

    Args:
        name: of the interface or sink.
        error: why it failed, or '' if it passed.
        seconds: from the start of the test until it passed.
    """

    name: str
    error: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Instructions:
    """
    What the client is to send.

    Args:
        token: of the canary.
        interfaces: to send the canary out of.
    """

    token: str
    interfaces: tuple[str, ...]


def encode_request(seconds: float) -> bytes:
    """Return a request for a self-test of at most so many seconds."""
    return _line({"seconds": seconds})


def decode_request(line: bytes) -> float:
    """
    Return the time limit of a request, in seconds.

    Raises:
        ProtocolError: it is not a request.
    """
    return _decode(line, lambda message: float(message["seconds"]))


def encode_unsent(errors: Mapping[str, str]) -> bytes:
    """Return the report that the canaries were sent; `errors` has the interfaces that failed."""
    return _line({"unsent": dict(errors)})


def decode_unsent(line: bytes) -> dict[str, str]:
    """
    Return the interfaces that no canary could be sent on, each with the error.

    Raises:
        ProtocolError: it is not a report.
    """
    return _decode(
        line,
        lambda message: {str(name): str(error) for name, error in message["unsent"].items()},
    )


def encode_refusal(reason: str) -> bytes:
    """Return a refusal."""
    return _line({"refused": reason})


def encode_instructions(instructions: Instructions) -> bytes:
    """Return instructions for the client."""
    return _line(asdict(instructions))


def decode_instructions(line: bytes) -> Instructions:
    """
    Return the instructions in a reply.

    Raises:
        Refused: the reply is a refusal.
        ProtocolError: it is neither.
    """
    return _decode_reply(
        line,
        lambda message: Instructions(
            str(message["token"]), tuple(str(name) for name in message["interfaces"])
        ),
    )


def encode_results(results: Sequence[SelfTestResult]) -> bytes:
    """Return the results of a self-test."""
    return _line({"results": [asdict(result) for result in results]})


def decode_results(line: bytes) -> list[SelfTestResult]:
    """
    Return the results in a reply.

    Raises:
        Refused: the reply is a refusal.
        ProtocolError: it is neither.
    """
    return _decode_reply(
        line,
        lambda message: [
            SelfTestResult(str(one["name"]), str(one["error"]), float(one["seconds"]))
            for one in message["results"]
        ],
    )


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _decode_reply(line: bytes, read: Callable[[Any], _Message]) -> _Message:
    def read_or_refuse(message: Any) -> _Message:
        if "refused" in message:
            raise Refused(str(message["refused"]))
        return read(message)

    return _decode(line, read_or_refuse)


def _decode(line: bytes, read: Callable[[Any], _Message]) -> _Message:
    try:
        return read(json.loads(line))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProtocolError(f"{type(error).__name__}: {error}") from error
