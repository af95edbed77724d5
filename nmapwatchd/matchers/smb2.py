"""SMB 2 and 3 negotiates in their NetBIOS frame, on any port (MS-SMB2 section 2.2.3)."""

from nmapwatchd.core.matching.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.matching.placement import AtOffset, CountedList
from nmapwatchd.core.observation import Fields, Transport

# Offsets in the payload: four bytes of NetBIOS frame, a header of 64, then the negotiate.
_SIGNATURE, _NEGOTIATE, _DIALECTS = 52, 68, 104
_COUNT, _GUID = _NEGOTIATE + 2, _NEGOTIATE + 12
_SIGNATURE_SIZE, _GUID_SIZE, _DIALECT_SIZE = 16, 16, 2


def _read(payload: bytes, _transport: Transport) -> Fields:
    if len(payload) < _DIALECTS:
        return {}
    count = int.from_bytes(payload[_COUNT : _COUNT + 2], "little")
    parts = {
        "signature": payload[_SIGNATURE : _SIGNATURE + _SIGNATURE_SIZE],
        "client_guid": payload[_GUID : _GUID + _GUID_SIZE],
        "dialects": payload[_DIALECTS : _DIALECTS + _DIALECT_SIZE * count],
    }
    return {name: (value.decode("latin-1"),) for name, value in parts.items()}


MATCHER = Matcher(
    name="smb2",
    title="SMB 2 and 3",
    # A header of 64 bytes whose command is negotiate (0), and whose flags do not include reply.
    openings=(opening((4, b"\xfeSMB\x40\0"), (16, b"\0\0"), (20, b"\0")),),
    transports=(Transport.TCP,),
    fields={
        "credits": Field(
            Kind.NUMBER, "requested credits", at={Transport.TCP: 18}, size=2, order="little"
        ),
        "signature": Field(
            Kind.BYTES,
            "the header's signature",
            encoding="latin-1",
            placement=AtOffset(_SIGNATURE, _SIGNATURE_SIZE),
        ),
        "client_guid": Field(
            Kind.BYTES,
            "the client's GUID",
            encoding="latin-1",
            placement=AtOffset(_GUID, _GUID_SIZE),
        ),
        "dialects": Field(
            Kind.BYTES,
            "the dialects, two bytes each, low byte first",
            encoding="latin-1",
            placement=CountedList(_DIALECTS, _DIALECT_SIZE, _COUNT),
        ),
    },
    read=_read,
)
