"""Says where in a payload a value stands that a matcher reads there."""

from collections.abc import Callable

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.exports.suricata_language import (
    InexpressibleError,
    content,
    content_at,
    literal,
    pattern,
)

_Name = tuple[str, str]


def _header(*names: str) -> tuple[str, str]:
    """Return what stands before and behind the value of a header, whichever name it has."""
    escaped = "|".join(literal(name.encode()) for name in names)
    return f"^(?i:{escaped})[ \\t]*:[ \\t]*", "[ \\t]*\\r?$"


# What stands before a value of a protocol of lines, and behind it, as patterns.
_LINES: dict[_Name, tuple[str, str]] = {
    ("irc", "nick"): ("^NICK ", "\\r?$"),
    ("irc", "user"): ("^USER ", "\\r?$"),
    ("rdp", "cookie"): ("\\A.{11}Cookie\\x3a ", "\\r\\n"),
    ("rtsp", "method"): ("\\A", " "),
    ("rtsp", "uri"): ("\\A[^ \\r\\n]* ", " [^ \\r\\n]*\\r$"),
    ("sip", "call_id"): _header("call-id", "i"),
    ("sip", "contact"): _header("contact", "m"),
    ("sip", "cseq"): _header("cseq"),
    ("sip", "from"): _header("from", "f"),
    ("sip", "method"): ("\\A", " "),
    ("sip", "to"): _header("to", "t"),
    ("sip", "uri"): ("\\A[^ \\r\\n]* ", " [^ \\r\\n]*\\r$"),
    ("sip", "user_agent"): _header("user-agent"),
    ("smtp", "argument"): ("\\A[^ \\r\\n]* ", "\\r?$"),
    ("smtp", "command"): ("\\A", "(?=[ \\r\\n])"),
    ("ssh", "version"): ("\\A", "\\r?$"),
}
# Values that begin a message.
_FIRST = {("rtsp", "method"), ("sip", "method"), ("smtp", "command")}
# Bytes without which a value is not read at all: those that a message of its kind has there.
_PRESENCE: dict[_Name, tuple[int, bytes]] = {
    ("rdp", "cookie"): (5, b"\xe0"),
    ("rdp", "client_name"): (5, b"\xf0\x80\x7f\x65"),
    ("ssh", "version"): (0, b"SSH-"),
    ("tds", "client"): (0, b"\x10"),
    ("tds", "application"): (0, b"\x10"),
    ("tds", "library"): (0, b"\x10"),
    ("tls", "alpn"): (0, b"\x16"),
    ("tls", "ciphers"): (0, b"\x16"),
    ("tls", "groups"): (0, b"\x16"),
    ("tls", "random"): (0, b"\x16"),
    ("tls", "versions"): (0, b"\x16"),
    ("tns", "connect_data"): (4, b"\x01"),
}
# Values at a fixed offset.
_OFFSETS: dict[_Name, int] = {
    ("dhcp", "mac"): 28,
    ("smb2", "signature"): 52,
    ("smb2", "client_guid"): 80,
}


def presence(matcher: str, term: Term) -> tuple[int, bytes] | None:
    """Return the bytes, with their offset, that every message has in which a term can hold."""
    if (matcher, term.field) in _FIRST and term.op is Op.IS:
        return 0, term.values[0].encode("latin-1")
    return _PRESENCE.get((matcher, term.field))


def placed(matcher: str, term: Term, value: bytes) -> str:
    """
    Say a value in its place.

    Raises:
        InexpressibleError: the place has no word.
    """
    name = (matcher, term.field)
    if name in _LINES:
        return _in_line(*_LINES[name], term.op, value)
    if name in _OFFSETS and term.op is Op.IS:
        return content_at(value, _OFFSETS[name])
    say = _PLACES.get((*name, term.op))
    if say is None:
        raise InexpressibleError(f"{term.field} has no place that the language could name")
    return say(value)


def _in_line(before: str, after: str, op: Op, value: bytes) -> str:
    between = "" if op in (Op.IS, Op.STARTS) else "[^\\r\\n]*"
    behind = after if op in (Op.IS, Op.ENDS) else ""
    return f"{content(value)} {pattern(before + between + literal(value) + behind)}"


def _behind_length(size: int) -> Callable[[bytes], str]:
    return lambda value: content(len(value).to_bytes(size) + value)


def _extension(kind: int, size: int) -> Callable[[bytes], str]:
    """Return how to say the one list of a TLS extension, behind its length of so many bytes."""

    def say(value: bytes) -> str:
        vector = len(value).to_bytes(size) + value
        return content(kind.to_bytes(2) + len(vector).to_bytes(2) + vector)

    return say


def _tds(at: int) -> Callable[[bytes], str]:
    """Return how to say a name whose offset and length a login has at a place."""
    return lambda value: (
        f"byte_test:2,=,{len(value) // 2},{at + 2},little; "
        f"byte_jump:2,{at},little,from_beginning,post_offset 8; {_next(value)}"
    )


def _next(value: bytes, distance: int = 0) -> str:
    """Say what follows the last thing said, so many bytes behind it."""
    return f"{content(value)} distance:{distance}; within:{len(value)};"


# The session id of a TLS hello has a length of its own, and the cipher suites stand behind it.
_SESSION = "byte_jump:1,43;"
# Where Microsoft's mark for the client stands, and then its core data with the name in it.
_CORE = f'{content(b"Duca")} content:"|01 c0|"; distance:0; within:8;'

_PLACES: dict[tuple[str, str, Op], Callable[[bytes], str]] = {
    ("dns", "trailer", Op.IS): lambda value: f"{content(value)} endswith;",
    ("dns", "trailer", Op.CONTAINS): content,
    ("kerberos", "realm", Op.IS): lambda v: content(
        bytes([0xA2, len(v) + 2, 0x1B, len(v)]) + v
    ),
    ("kerberos", "till", Op.IS): lambda v: content(bytes([0xA5, len(v) + 2, 0x18, len(v)]) + v),
    ("kerberos", "nonce", Op.IS): lambda v: content(bytes([0xA7, len(v) + 2, 2, len(v)]) + v),
    ("rdp", "client_name", Op.IS): lambda value: f"{_CORE} {_next(value + bytes(2), 22)}",
    ("smb", "dialects", Op.IS): lambda value: f"{content_at(value, 39)} endswith;",
    ("smb", "path", Op.ENDS): lambda value: content(value + b"\0"),
    ("smb", "rpc", Op.CONTAINS): lambda value: (
        f'content:"|03 10 00 00 00|"; {content(value)} distance:0;'
    ),
    ("smb2", "dialects", Op.IS): lambda value: (
        f"{content_at((len(value) // 2).to_bytes(2, 'little'), 70)} {content_at(value, 104)}"
    ),
    ("ssh", "kex", Op.IS): _behind_length(4),
    ("ssh", "ciphers", Op.IS): _behind_length(4),
    ("ssh", "macs", Op.IS): _behind_length(4),
    ("tds", "client", Op.IS): _tds(44),
    ("tds", "application", Op.IS): _tds(56),
    ("tds", "library", Op.IS): _tds(68),
    ("tls", "alpn", Op.STARTS): lambda value: f'content:"|00 10|"; {_next(value, 4)}',
    ("tls", "ciphers", Op.IS): lambda value: (
        f"{_SESSION} {_next(len(value).to_bytes(2) + value)}"
    ),
    ("tls", "ciphers", Op.STARTS): lambda value: f"{_SESSION} {_next(value, 2)}",
    ("tls", "groups", Op.IS): _extension(10, 2),
    ("tls", "random", Op.CONTAINS): lambda value: f"{content(value)} offset:11; depth:32;",
    ("tls", "versions", Op.IS): _extension(43, 1),
    ("tns", "connect_data", Op.CONTAINS): content,
}  # fmt: skip
