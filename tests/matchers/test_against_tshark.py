"""Each matcher reads what tshark decodes in the goldens, but for the exemptions listed."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from nmapwatchd.core.observation import Transport
from nmapwatchd.matchers import MATCHERS
from tests.golden import goldens, joined
from tests.matchers.against_tshark import Comparison, Dissector, main
from tests.matchers.test_tds import LOGIN
from tests.matchers.tshark_fields import EXEMPTIONS, PROTOCOLS, UNDECODED, Packet
from tests.mutations import records_of

MAPPED = {f"{name}.{field}" for name, known in PROTOCOLS.items() for field in known.fields}
# What the goldens do not contain.
OTHERS = (Packet("test_tds", 1, Transport.TCP, LOGIN),)


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Compare the packets of all goldens, through one tshark."""
    found, dissector = goldens(), Dissector()
    capture: Path = tmp_path_factory.mktemp("goldens") / "joined.pcap"
    capture.write_bytes(joined(found))
    frames = [
        (golden.name, number)
        for golden in found
        for number in range(1, 1 + len(records_of(golden.path.read_bytes())))
    ]
    packets = (
        replace(packet, capture=frames[packet.frame - 1][0], frame=frames[packet.frame - 1][1])
        for packet in dissector.packets(capture)
    )
    comparison = Comparison()
    dissector.compare(chain(packets, OTHERS), comparison)
    return comparison


def test_each_matcher_reads_what_tshark_decodes(comparison: Comparison) -> None:
    assert [str(difference) for difference in comparison.differences] == []


def test_each_mapped_field_is_compared(comparison: Comparison) -> None:
    assert {name for name in MAPPED if not comparison.values[name]} == set()


def test_each_field_that_a_matcher_reads_is_mapped_or_listed() -> None:
    read = {
        f"{matcher.name}.{name}"
        for matcher in MATCHERS.values()
        for name, known in matcher.fields.items()
        if not known.tshark
    }

    assert MAPPED | UNDECODED.keys() == read
    assert MAPPED & UNDECODED.keys() == set()


def test_exemptions_concern_mapped_fields() -> None:
    assert {name for exemption in EXEMPTIONS for name in exemption.fields} <= MAPPED


def compared(**decoded: str) -> list[str]:
    """Compare a request for / with values of tshark's."""
    comparison = Comparison()
    values = {name.replace("_", "."): (value,) for name, value in decoded.items()}
    packet = Packet("web", 7, Transport.TCP, b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n", values)
    comparison.add(packet, MATCHERS["http"])
    return [str(difference) for difference in comparison.differences]


def test_a_value_that_differs_is_reported_with_its_frame() -> None:
    lines = {"http_request_line": "Host: lab\\r\\n", "http_host": "lab"}
    same = {
        "http_request_method": "GET",
        "http_request_uri": "/",
        "http_request_version": "HTTP/1.1",
    }

    assert compared(**same, **lines) == []
    assert compared(**{**same, **lines, "http_request_uri": "/other"}) == [
        "web frame 7: http.uri: read ('/',), tshark ('/other',)"
    ]


def test_a_value_that_the_matcher_does_not_read_is_reported() -> None:
    found = compared(http_request_method="GET", http_cookie="a=b")

    assert "web frame 7: http.cookie: read (), tshark ('a=b',)" in found


def test_a_packet_of_which_tshark_decodes_no_message_is_not_compared() -> None:
    assert compared(http_cookie="a=b") == []


def test_a_truncated_capture_is_compared_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = goldens("clients")[0].path.read_bytes()
    (tmp_path / "truncated.pcap").write_bytes(whole[:-1])

    assert main([str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "not read to its end: " in output
    assert "\n0 differences\n" in output


def test_a_folder_without_captures_is_an_error(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2
