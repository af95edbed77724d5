"""SMB 2 and 3 negotiates in their NetBIOS frame, on any port (MS-SMB2 section 2.2.3)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport

# Offsets in the payload: four bytes of NetBIOS frame, a header of 64, then the negotiate.
_SIGNATURE, _NEGOTIATE, _DIALECTS = 52, 68, 104
_GUID = _NEGOTIATE + 12


def _read(payload: bytes, _transport: Transport) -> Fields:
    if len(payload) < _DIALECTS:
        return {}
    count = int.from_bytes(payload[_NEGOTIATE + 2 : _NEGOTIATE + 4], "little")
    return {
        "signature": (payload[_SIGNATURE:_NEGOTIATE].decode("latin-1"),),
        "client_guid": (payload[_GUID : _GUID + 16].decode("latin-1"),),
        "dialects": (payload[_DIALECTS : _DIALECTS + 2 * count].decode("latin-1"),),
    }


MATCHER = Matcher(
    name="smb2",
    title="SMB 2 and 3",
    # A header of 64 bytes whose command is negotiate (0), and whose flags do not say reply.
    openings=(opening((4, b"\xfeSMB\x40\0"), (16, b"\0\0"), (20, b"\0")),),
    transports=(Transport.TCP,),
    fields={
        "credits": Field(
            Kind.NUMBER, "credits asked for", at={Transport.TCP: 18}, size=2, order="little"
        ),
        "signature": Field(Kind.BYTES, "the header's signature", encoding="latin-1"),
        "client_guid": Field(Kind.BYTES, "the client's GUID", encoding="latin-1"),
        "dialects": Field(
            Kind.BYTES, "the dialects, two bytes each, low byte first", encoding="latin-1"
        ),
    },
    read=_read,
)
