"""TCP headers: flags, window, options and numbers, whatever the payload (RFC 9293)."""

from nmapwatchd.core.matching.matcher import Base, Field, Kind, Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers.headers import ipv4, ipv6, number

_OVER = (Transport.TCP,)

MATCHER = Matcher(
    name="tcp",
    title="TCP packets",
    reads_headers=True,
    transports=_OVER,
    fields={
        "sequence": number("tcp.seq_raw", "sequence number", 4, 4, over=_OVER),
        "acknowledgment": number("tcp.ack_raw", "acknowledgment number", 8, 4, over=_OVER),
        "header_length": number(
            "tcp.hdr_len", "bytes of header, 20 and the options", 12, 1, over=_OVER,
            mask=0xF0, shift=2,
        ),
        "flags": number(
            "tcp.flags", "the flags, with the reserved bits", 12, 2, over=_OVER, mask=0x0FFF
        ),
        "syn_flag": number("tcp.flags.syn", "SYN flag", 13, 1, over=_OVER, mask=0x02, shift=1),
        "ack_flag": number("tcp.flags.ack", "ACK flag", 13, 1, over=_OVER, mask=0x10, shift=4),
        "window": number("tcp.window_size_value", "window as sent", 14, 2, over=_OVER),
        "urgent": number("tcp.urgent_pointer", "urgent pointer", 18, 2, over=_OVER),
        "options": Field(
            Kind.BYTES, "all options; test header_length, too", tshark="tcp.options",
            at={Transport.TCP: 20}, base=Base.HEADER,
        ),
        **ipv4(*_OVER),
        **ipv6(*_OVER),
    },
)  # fmt: skip
