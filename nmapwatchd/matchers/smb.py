"""SMB 1 requests in their NetBIOS frame, on any port (MS-CIFS section 2.2)."""

import re
from enum import IntEnum

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import AfterMarkers, Marker, Terminated, ToEnd
from nmapwatchd.core.observation import Fields, Transport

# Offsets in the payload: four bytes of NetBIOS frame, then a header of 32 (MS-CIFS 2.2.3.1).
_COMMAND, _FLAGS2, _WORDS = 8, 14, 36
# Of a request without parameters: the data, after the count of words and the size of the data.
_DATA = _WORDS + 3


class Command(IntEnum):
    """The requests that a scan starts with, and those that nmap's scripts continue with."""

    TRANSACTION = 0x25
    WRITE = 0x2F
    TRANSACTION_2 = 0x32
    NEGOTIATE = 0x72
    SESSION_SETUP = 0x73
    TREE_CONNECT = 0x75
    CREATE = 0xA2


# Words of a session setup's parameters: with a security blob, and with two passwords.
_WITH_BLOB, _WITH_PASSWORDS = 12, 13
_UNICODE = 0x8000
# A name of a share or a file is not longer than a Windows path (MAX_PATH), in bytes.
MAXIMUM_NAME = 260

# A bind or a request of DCE RPC, version 5.0, then its flags, first and last fragment, and its data
# representation, little-endian (C706, chapter 12); its call id follows the lengths of fragment and
# authenticator.
_RPC_FLAGS = b"\x03\x10\x00\x00\x00"
_RPC = re.compile(rb"\x05\x00[\x00\x0b]" + re.escape(_RPC_FLAGS) + rb".{4}(.{4})", re.DOTALL)


def _read(payload: bytes, _transport: Transport) -> Fields:
    fields: Fields = {}
    words = payload[_WORDS] if len(payload) > _WORDS else 0
    body = payload[_WORDS + 1 + 2 * words + 2 :]
    match payload[_COMMAND] if words or body else None:
        case Command.NEGOTIATE:
            fields = {"dialects": (body.decode("latin-1"),)}
        case Command.SESSION_SETUP:
            fields = _session_setup(payload, words, body)
        case Command.TREE_CONNECT | Command.CREATE if _is_unicode(payload):
            pass  # as in a session setup, only a client's ASCII is read
        case Command.TREE_CONNECT:
            password = int.from_bytes(payload[_WORDS + 7 : _WORDS + 9], "little")
            fields = {"path": _string(body[password:])}
        case Command.CREATE:
            fields = {"path": _string(body)}
        case Command.WRITE if call := _RPC.search(payload):
            number = int.from_bytes(call[1], "little")
            fields = {
                "call_id": (str(number),),
                "rpc": (payload[call.start() :].decode("latin-1"),),
            }
    return fields


def _is_unicode(payload: bytes) -> bool:
    """Return whether flags2 declares that strings are UTF-16."""
    return bool(int.from_bytes(payload[_FLAGS2 : _FLAGS2 + 2], "little") & _UNICODE)


def _string(body: bytes) -> tuple[str, ...]:
    return (body[: MAXIMUM_NAME + 1].partition(b"\0")[0].decode("latin-1"),)


def _session_setup(payload: bytes, words: int, body: bytes) -> Fields:
    """Read a client's capabilities and, unless they are UTF-16, its names."""
    parameters = payload[_WORDS + 1 : _WORDS + 1 + 2 * words]
    if words == _WITH_BLOB:
        before, names, capabilities = int.from_bytes(parameters[14:16], "little"), 0, 20
    elif words == _WITH_PASSWORDS:
        lengths = parameters[14:16], parameters[16:18]
        before, names, capabilities = sum(int.from_bytes(n, "little") for n in lengths), 2, 22
    else:
        return {}
    number = int.from_bytes(parameters[capabilities : capabilities + 4], "little")
    fields = {"capabilities": (str(number),)}
    if not _is_unicode(payload):
        strings = body[before:].split(b"\0", names + 2)[names : names + 2]
        for name, value in zip(("native_os", "native_lanman"), strings, strict=False):
            fields[name] = (value.decode("latin-1"),)
    return fields


MATCHER = Matcher(
    name="smb",
    title="SMB 1",
    # The flags of a request: case-insensitive, and canonical paths; a reply has the highest bit.
    openings=(
        opening((4, b"\xffSMB"), (8, b"\x72"), (13, b"\x08")),
        *(opening((4, b"\xffSMB"), (8, bytes([c])), (13, b"\x18")) for c in Command),
    ),
    transports=(Transport.TCP,),
    fields={
        "command": Field(Kind.NUMBER, "the command", at={Transport.TCP: _COMMAND}, size=1),
        "flags2": Field(
            Kind.NUMBER, "flags2 of the header", at={Transport.TCP: _FLAGS2}, size=2, order="little"
        ),
        "pid": Field(Kind.NUMBER, "process id", at={Transport.TCP: 30}, size=2, order="little"),
        "mid": Field(Kind.NUMBER, "multiplex id", at={Transport.TCP: 34}, size=2, order="little"),
        "dialects": Field(
            Kind.BYTES,
            "the dialects of a negotiate, as sent",
            encoding="latin-1",
            placement=ToEnd(_DATA),
        ),
        "native_os": Field(Kind.TEXT, "Native OS of a session setup", encoding="latin-1"),
        "native_lanman": Field(Kind.TEXT, "Native LAN Manager", encoding="latin-1"),
        "capabilities": Field(Kind.NUMBER, "capabilities of a session setup"),
        "path": Field(
            Kind.TEXT, "the opened share or file", encoding="latin-1", placement=Terminated(b"\0")
        ),
        "call_id": Field(Kind.NUMBER, "call id of an RPC message written to a pipe"),
        "rpc": Field(
            Kind.BYTES,
            "that message",
            encoding="latin-1",
            placement=AfterMarkers((Marker(_RPC_FLAGS),)),
        ),
    },
    read=_read,
)
