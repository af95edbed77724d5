import pytest

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Base, Field, Kind
from nmapwatchd.core.matching.placement import (
    AfterMarkers,
    Anywhere,
    AtOffset,
    CountedList,
    DerElement,
    Fingerprint,
    FirstWord,
    HeaderValue,
    HttpHeader,
    HttpPart,
    InLine,
    LengthPrefixed,
    Marker,
    Placement,
    RepeatedByte,
    TableEntry,
    Terminated,
    TlsExtension,
    ToEnd,
    Vector,
)
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_language import InexpressibleError, Keywords
from nmapwatchd.exports.suricata_placements import placed, presence

MARKERS = (Marker(b"Duca"), Marker(b"\1\xc0", within=8))
AFTER_SESSION = LengthPrefixed(2, after=Vector(43, 1))


def translated(
    placement: Placement, op: Op, value: str = "ab", encoding: str = "latin-1"
) -> Keywords:
    field = Field(Kind.TEXT, "field", encoding=encoding, placement=placement)
    return placed(Term("field", op, (value,)), field, placement, Transport.TCP)


@pytest.mark.parametrize(
    ("placement", "op", "text"),
    [
        (AtOffset(28, 6), Op.IS, 'content:"ab"; offset:28; depth:2;'),
        (AtOffset(28, 6), Op.CONTAINS, 'content:"ab"; offset:28; depth:6;'),
        (ToEnd(), Op.IS, 'content:"ab"; endswith;'),
        (ToEnd(), Op.CONTAINS, 'content:"ab";'),
        (ToEnd(39), Op.IS, 'content:"ab"; offset:39; depth:2; endswith;'),
        (ToEnd(39), Op.CONTAINS, 'content:"ab"; offset:39;'),
        (Anywhere(), Op.CONTAINS, 'content:"ab";'),
        (FirstWord(" "), Op.IS, 'content:"ab"; pcre:"/\\Aab /ms";'),
        (FirstWord(" "), Op.STARTS, 'content:"ab"; pcre:"/\\Aab/ms";'),
        (FirstWord(" "), Op.ENDS, 'content:"ab"; pcre:"/\\A[^\\r\\n]*ab /ms";'),
        (FirstWord(" "), Op.CONTAINS, 'content:"ab"; pcre:"/\\A[^\\r\\n]*ab/ms";'),
        (InLine("^NICK ", "\\r?$"), Op.IS, 'content:"ab"; pcre:"/^NICK ab\\r?$/ms";'),
        (InLine("^NICK ", "\\r?$"), Op.ENDS, 'content:"ab"; pcre:"/^NICK [^\\r\\n]*ab\\r?$/ms";'),
        (
            HeaderValue(("from", "f")),
            Op.IS,
            'content:"ab"; pcre:"/^(?i:from|f)[ \\t]*:[ \\t]*ab[ \\t]*\\r?$/ms";',
        ),
        (
            HeaderValue(("call-id",)),
            Op.CONTAINS,
            'content:"ab"; pcre:"/^(?i:call\\x2did)[ \\t]*:[ \\t]*[^\\r\\n]*ab/ms";',
        ),
        (LengthPrefixed(4), Op.IS, 'content:"|00 00 00 02|ab";'),
        (
            AFTER_SESSION,
            Op.IS,
            'byte_jump:1,43; content:"|00 02|ab"; distance:0; within:4;',
        ),
        (AFTER_SESSION, Op.STARTS, 'byte_jump:1,43; content:"ab"; distance:2; within:2;'),
        (
            CountedList(104, 2, 70),
            Op.IS,
            'content:"|01 00|"; offset:70; depth:2; content:"ab"; offset:104; depth:2;',
        ),
        (
            TableEntry(44, 8, 2),
            Op.IS,
            (
                "byte_test:2,=,1,46,little; byte_jump:2,44,little,from_beginning,post_offset 8; "
                'content:"ab"; distance:0; within:2;'
            ),
        ),
        (TlsExtension(10, 2), Op.IS, 'content:"|00 0a 00 04 00 02|ab";'),
        (TlsExtension(43, 1), Op.IS, 'content:"|00 2b 00 03 02|ab";'),
        (TlsExtension(16, 2), Op.STARTS, 'content:"|00 10|"; content:"ab"; distance:4; within:2;'),
        (TlsExtension(43, 1), Op.STARTS, 'content:"|00 2b|"; content:"ab"; distance:3; within:2;'),
        (DerElement((0xA2, 0x1B)), Op.IS, 'content:"|a2 04 1b 02|ab";'),
        (Terminated(b"\0"), Op.ENDS, 'content:"ab|00|";'),
        (
            AfterMarkers(MARKERS, 22, b"\0"),
            Op.IS,
            (
                'content:"Duca"; content:"|01 c0|"; distance:0; within:8; '
                'content:"ab|00|"; distance:22; within:3;'
            ),
        ),
        (
            AfterMarkers(MARKERS[:1]),
            Op.CONTAINS,
            'content:"Duca"; content:"ab"; distance:0;',
        ),
    ],
)
def test_a_value_is_compared_at_its_placement(placement: Placement, op: Op, text: str) -> None:
    assert translated(placement, op) == Keywords(text)


@pytest.mark.parametrize(
    ("placement", "op"),
    [
        (AtOffset(28, 6), Op.ENDS),
        (ToEnd(), Op.STARTS),
        (Anywhere(), Op.IS),
        (LengthPrefixed(4), Op.STARTS),
        (AFTER_SESSION, Op.CONTAINS),
        (CountedList(104, 2, 70), Op.CONTAINS),
        (TableEntry(44, 8, 2), Op.STARTS),
        (TlsExtension(10, 2), Op.CONTAINS),
        (DerElement((0xA2, 0x1B)), Op.ENDS),
        (Terminated(b"\0"), Op.IS),
        (AfterMarkers(MARKERS, 22), Op.CONTAINS),
        (AfterMarkers(MARKERS), Op.IS),
        (RepeatedByte(), Op.IS),
    ],
)
def test_a_comparison_that_cannot_be_expressed_is_refused(placement: Placement, op: Op) -> None:
    with pytest.raises(InexpressibleError, match="Suricata cannot compare field so"):
        translated(placement, op, "0")


@pytest.mark.parametrize("placement", [ToEnd(), HttpPart.TARGET, HttpHeader("Host"), Anywhere()])
def test_an_empty_value_is_refused(placement: Placement) -> None:
    with pytest.raises(InexpressibleError, match="field is empty"):
        translated(placement, Op.IS, "")


def test_a_request_may_have_no_headers() -> None:
    assert translated(HttpPart.HEADER_NAMES, Op.IS, "").buffer == "http.header_names"


def test_a_value_is_written_in_its_fields_encoding() -> None:
    assert (
        translated(LengthPrefixed(1), Op.IS, encoding="utf-16-le").text
        == 'content:"|04|a|00|b|00|";'
    )


@pytest.mark.parametrize("length", [125, 126, 200])
def test_an_element_longer_than_a_byte_of_length_is_refused(length: int) -> None:
    element = DerElement((0xA2, 0x1B))
    if length + 2 <= 0x7F:
        assert (
            f"|a2 {length + 2:02x} 1b {length:02x}|"
            in translated(element, Op.IS, "a" * length).text
        )
    else:
        with pytest.raises(InexpressibleError, match="too long for a length of one byte"):
            translated(element, Op.IS, "a" * length)


@pytest.mark.parametrize(
    ("fingerprint", "buffer"),
    [
        (Fingerprint.HASSH, "ssh.hassh"),
        (Fingerprint.JA3, "ja3.hash"),
        (Fingerprint.JA3_FULL, "ja3.string"),
    ],
)
def test_a_fingerprint_has_a_buffer(fingerprint: Fingerprint, buffer: str) -> None:
    assert translated(fingerprint, Op.IS) == Keywords('content:"ab"; startswith; bsize:2;', buffer)


def test_any_repeated_byte_is_one_pattern() -> None:
    assert translated(RepeatedByte(), Op.AT_LEAST, "0").text == 'pcre:"/^(.)\\1*$/s";'
    with pytest.raises(InexpressibleError):
        translated(RepeatedByte(), Op.AT_LEAST, "1")


def test_a_number_at_an_offset_of_a_header_is_compared_in_its_buffer() -> None:
    ttl = Field(Kind.NUMBER, "ttl", tshark="ip.ttl", base=Base.IPV4, placement=AtOffset(8, 1))
    term = Term("ttl", Op.AT_LEAST, ("250",))

    assert placed(term, ttl, AtOffset(8, 1), Transport.UDP) == Keywords(
        "byte_test:1,>=,250,8;", "ipv4.hdr"
    )


def test_the_first_word_is_present_and_else_what_the_field_states() -> None:
    word = Field(Kind.TEXT, "word", encoding="latin-1", placement=FirstWord(" "))
    cookie = Field(Kind.TEXT, "cookie", encoding="latin-1", presence=(5, b"\xe0"))

    assert presence(Term("word", Op.IS, ("EHLO",)), word) == (0, b"EHLO")
    assert presence(Term("word", Op.STARTS, ("EH",)), word) is None
    assert presence(Term("cookie", Op.STARTS, ("a",)), cookie) == (5, b"\xe0")
