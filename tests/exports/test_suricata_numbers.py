import pytest

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Base, Field, Kind
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import Keywords
from nmapwatchd.exports.suricata_numbers import at_offset
from nmapwatchd.matchers import MATCHERS


def field(base: Base = Base.PAYLOAD, size: int = 2, mask: int = 0, shift: int = 0) -> Field:
    return Field(Kind.NUMBER, "number", base=base, size=size, mask=mask, shift=shift)


def translated(
    value: str, known: Field, op: Op = Op.IS, over: Transport = Transport.TCP
) -> Keywords:
    return at_offset(Term("number", op, (value,)), known, over, 12)


@pytest.mark.parametrize(
    ("base", "over", "buffer"),
    [
        (Base.PAYLOAD, Transport.TCP, ""),
        (Base.IPV4, Transport.TCP, "ipv4.hdr"),
        (Base.IPV6, Transport.UDP, "ipv6.hdr"),
        (Base.HEADER, Transport.TCP, "tcp.hdr"),
        (Base.HEADER, Transport.UDP, "udp.hdr"),
        (Base.HEADER, Transport.ICMP, "icmpv4.hdr"),
        (Base.HEADER, Transport.ICMPV6, "icmpv6.hdr"),
    ],
)
def test_a_number_is_compared_in_the_buffer_of_its_base(
    base: Base, over: Transport, buffer: str
) -> None:
    assert translated("513", field(base), over=over) == Keywords(
        'content:"|02 01|"; offset:12; depth:2;', buffer
    )


def test_sctps_payload_starts_after_its_common_header() -> None:
    assert translated("1", field(Base.HEADER, 1), over=Transport.SCTP) == Keywords(
        'content:"|01|"; offset:0; depth:1;'
    )


def test_a_little_endian_number_is_written_so() -> None:
    known = Field(Kind.NUMBER, "number", size=2, order="little")

    assert translated("513", known).text == 'content:"|01 02|"; offset:12; depth:2;'
    assert translated("513", known, Op.AT_LEAST).text == "byte_test:2,>=,513,12,little;"


def test_a_bound_is_a_byte_test_that_includes_its_limit() -> None:
    assert translated("30", field(size=1), Op.AT_LEAST).text == "byte_test:1,>=,30,12;"
    assert translated("30", field(size=1), Op.AT_MOST).text == "byte_test:1,<=,30,12;"


def test_bits_are_compared_as_suricata_shifts_them() -> None:
    fields = MATCHERS["tcp"].fields

    assert translated("24", fields["header_length"]).text == "byte_test:1,=,6,12,bitmask 0xf0;"
    assert translated("2", fields["flags"]).text == "byte_test:2,=,2,12,bitmask 0xfff;"
    assert translated("1", fields["dont_fragment"]).text == "byte_test:1,=,1,12,bitmask 0x40;"


def test_bytes_of_a_header_are_content_and_empty_ones_nothing() -> None:
    options = MATCHERS["tcp"].fields["options"]

    assert translated("\x02\x04", options).text == 'content:"|02 04|"; offset:12; depth:2;'
    assert translated("", options).text == ""
