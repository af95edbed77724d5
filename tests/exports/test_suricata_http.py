import pytest

from nmapwatchd.core.attribution.caveats import FOREIGN_HEADERS
from nmapwatchd.core.matching.expression import Op
from nmapwatchd.core.matching.placement import HttpPart
from nmapwatchd.exports.suricata_http import PREFIX, header, part
from nmapwatchd.exports.suricata_language import InexpressibleError, Keywords


@pytest.mark.parametrize(
    ("name", "buffer"),
    [
        (HttpPart.METHOD, "http.method"),
        (HttpPart.TARGET, "http.uri.raw"),
        (HttpPart.PROTOCOL, "http.protocol"),
        (HttpPart.BODY, "http.request_body"),
    ],
)
def test_a_part_is_compared_in_its_buffer(name: HttpPart, buffer: str) -> None:
    assert part(name, Op.CONTAINS, b"ab") == Keywords('content:"ab";', buffer)
    assert buffer.startswith(PREFIX)


@pytest.mark.parametrize(
    ("name", "buffer"),
    [
        ("User-Agent", "http.user_agent"),
        ("Cookie", "http.cookie"),
        ("Connection", "http.connection"),
        ("Referer", "http.referer"),
        ("Content-Type", "http.content_type"),
    ],
)
def test_a_header_with_a_buffer_is_compared_there(name: str, buffer: str) -> None:
    assert header(name, Op.IS, b"ab") == Keywords('content:"ab"; startswith; bsize:2;', buffer)


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (Op.IS, 'content:"Host|3a 20|ab|0d 0a|";'),
        (Op.STARTS, 'content:"Host|3a 20|ab";'),
        (Op.ENDS, 'content:"ab|0d 0a|";'),
        (Op.CONTAINS, 'content:"ab";'),
    ],
)
def test_any_other_header_is_compared_in_its_line(op: Op, text: str) -> None:
    assert header("Host", op, b"ab") == Keywords(text, "http.header")


def test_names_in_order_are_one_content_of_their_whole_size() -> None:
    assert part(HttpPart.HEADER_NAMES, Op.IS, b"host,via") == Keywords(
        'bsize:15; content:"|0d 0a|host|0d 0a|via|0d 0a|"; nocase;', "http.header_names"
    )


def test_names_in_any_order_are_a_content_each() -> None:
    assert part(HttpPart.SORTED_HEADER_NAMES, Op.IS, b"host,via") == Keywords(
        'bsize:15; content:"|0d 0a|host|0d 0a|"; nocase; content:"|0d 0a|via|0d 0a|"; nocase;',
        "http.header_names",
    )


def test_a_part_of_the_names_cannot_be_expressed() -> None:
    with pytest.raises(InexpressibleError, match="part of the list of header names"):
        part(HttpPart.HEADER_NAMES, Op.STARTS, b"host")


def test_the_absence_of_a_browsers_headers_is_a_negated_content_each() -> None:
    keywords = part(HttpPart.FOREIGN_HEADER_NAMES, Op.IS, b"")

    assert keywords.buffer == "http.header_names"
    assert keywords.text.startswith('content:!"|0d 0a|accept|0d 0a|"; nocase; ')
    assert keywords.text.count("content:!") == len(FOREIGN_HEADERS)


def test_the_names_of_a_browsers_headers_cannot_be_expressed() -> None:
    with pytest.raises(InexpressibleError, match="cannot be listed"):
        part(HttpPart.FOREIGN_HEADER_NAMES, Op.IS, b"accept")
