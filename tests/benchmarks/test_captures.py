"""A sample of a capture contains all frames of one host, at any position."""

from ipaddress import IPv4Address
from pathlib import Path

from benchmarks.captures import frames_of, write_frames, write_sample

HOST, OTHER, SERVER = "10.88.2.1", "10.88.1.1", "10.88.0.1"


def frame(source: str, destination: str) -> bytes:
    """Return an IPv4 frame without a payload."""
    addresses = IPv4Address(source).packed + IPv4Address(destination).packed
    return bytes(12) + b"\x08\x00\x45" + bytes(11) + addresses


def test_a_sample_contains_stretches_and_all_frames_of_one_host(tmp_path: Path) -> None:
    whole, sample = tmp_path / "whole.pcap", tmp_path / "sample.pcap"
    exchange = [frame(HOST, SERVER), frame(SERVER, HOST)]
    others = [frame(OTHER, SERVER)] * 49
    write_frames(whole, [*others, *exchange, *others])

    write_sample(whole, sample, size=20, stretches=2, host=HOST)

    capture = sample.read_bytes()
    frames = [capture[span.start + 16 : span.end] for span in frames_of(capture)]
    assert frames == [*others[:10], *exchange, *others[:9]]
