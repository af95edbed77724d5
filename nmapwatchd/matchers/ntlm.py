"""NTLM messages of a client, in SMB 1, in Telnet or in a line of base64 (MS-NLMP 2.2.1)."""

from base64 import b64decode
from binascii import Error

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport

_SIGNATURE = b"NTLMSSP\0"
_SIGNATURE_IN_BASE64 = b"TlRMTVNTUA"
# Bytes that are read of a message; a client's is far shorter.
MAXIMUM_MESSAGE = 2_048
_NEGOTIATE, _AUTHENTICATE = 1, 3
_UNICODE = 0x00000001
# Offsets in an authenticate message: the workstation's length, allocation and offset; the flags.
_WORKSTATION, _FLAGS = 44, 60


def _read(payload: bytes, _transport: Transport) -> Fields:
    message = _message(payload)
    kind = _number(message, 8)
    if kind == _NEGOTIATE:
        return {"type": ("1",), "flags": (str(_number(message, 12)),)}
    if kind != _AUTHENTICATE or len(message) < _FLAGS + 4:
        return {}
    flags = _number(message, _FLAGS)
    length = int.from_bytes(message[_WORKSTATION : _WORKSTATION + 2], "little")
    start = _number(message, _WORKSTATION + 4)
    encoding = "utf-16-le" if flags & _UNICODE else "latin-1"
    workstation = message[start : start + length].decode(encoding, "replace")
    return {"type": ("3",), "flags": (str(flags),), "workstation": (workstation,)}


def _message(payload: bytes) -> bytes:
    """Return the first NTLM message of a payload, or nothing."""
    at = payload.find(_SIGNATURE)
    if at >= 0:
        return payload[at : at + MAXIMUM_MESSAGE]
    at = payload.find(_SIGNATURE_IN_BASE64)
    if at < 0:
        return b""
    letters = payload[at : at + MAXIMUM_MESSAGE].split(None, 1)[0]
    try:
        # A line may continue in another packet; only whole groups are decoded.
        return b64decode(letters[: len(letters) // 4 * 4], validate=True)
    except Error:
        return b""


def _number(message: bytes, at: int) -> int:
    return int.from_bytes(message[at : at + 4], "little")


MATCHER = Matcher(
    name="ntlm",
    title="NTLM",
    openings=(
        opening((4, b"\xffSMB"), (8, b"\x73"), (13, b"\x18")),  # SMB 1 session setup
        opening(b"\xff\xfa\x25\0"),  # Telnet authentication option, IS, NTLM (RFC 2941)
        opening(b"TlRM"),  # after AUTH NTLM of SMTP, POP3 and IMAP
        opening(b"AUTH", (4, b"INFO GENERIC TlRM")),  # NNTP
    ),
    transports=(Transport.TCP,),
    fields={
        "type": Field(Kind.NUMBER, "1 is negotiate, 3 is authenticate"),
        "flags": Field(Kind.NUMBER, "negotiate flags"),
        "workstation": Field(Kind.TEXT, "the client's name"),
    },
    read=_read,
)
