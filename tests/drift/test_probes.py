from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Transport
from nmapwatchd.drift.probes import Probe, read_payloads, read_service_probes


def test_a_probe_is_read_with_its_escapes_and_its_own_delimiter() -> None:
    text = (
        b"# Probe TCP InAComment q|no|\n"
        b"Probe TCP Pipe q|\\r\\n\\0\\x7c\\\\|\n"
        b"rarity 3\n"
        b"Probe UDP Slash q/a|b/ no-payload\n"
    )

    assert list(read_service_probes(text)) == [
        Probe(Transport.TCP, "Pipe", b"\r\n\0|\\"),
        Probe(Transport.UDP, "Slash", b"a|b"),
    ]


def test_a_probe_without_end_is_passed_over() -> None:
    assert list(read_service_probes(b"Probe TCP Broken q|GET /\nProbe TCP\n")) == []


def test_a_payload_is_put_together_from_its_strings() -> None:
    text = (
        b'# udp 1 "not this one"\n'
        b'udp 53,100-200 "\\x00one"\n'
        b"  # between them\n"
        b'  "two\\""\n'
        b"source 500\n"
        b'udp 7 "three"\n'
    )

    assert list(read_payloads(text)) == [
        Probe(Transport.UDP, "udp 53,100-200", b'\0onetwo"'),
        Probe(Transport.UDP, "udp 7", b"three"),
    ]


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(text: bytes) -> None:
    found = [*read_service_probes(b"Probe TCP X q|" + text), *read_payloads(b"udp 1 " + text)]

    assert all(len(probe.payload) <= len(text) for probe in found)
