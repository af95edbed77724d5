"""SSH identification strings and key exchanges, on any port (RFC 4253 sections 4.2 and 7.1)."""

from nmapwatchd.core.matcher import Field, Kind, Matcher, opening
from nmapwatchd.core.observation import Fields, Transport


def _read(payload: bytes, _transport: Transport) -> Fields:
    if not payload.startswith(b"SSH-"):
        return {}
    return {"version": (payload.splitlines()[0].decode("latin-1"),)}


MATCHER = Matcher(
    name="ssh",
    title="SSH",
    # Both begin a client's first packets: the identification string; a binary packet whose
    # message is SSH_MSG_KEXINIT (20), of less than 64 kB.
    openings=(opening(b"SSH-"), opening(b"\0\0", (5, b"\x14"))),
    transports=(Transport.TCP,),
    fields={
        "version": Field(Kind.TEXT, "the client's identification string", encoding="latin-1"),
        "hassh": Field(
            Kind.TEXT, "MD5 of the client's algorithm lists (HASSH)", tshark="ssh.kex.hassh"
        ),
    },
    read=_read,
)
