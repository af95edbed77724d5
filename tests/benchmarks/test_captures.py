"""A sample of a capture holds all that one host said, wherever in the capture it stands."""

from ipaddress import IPv4Address
from pathlib import Path

from benchmarks.captures import frames_of, write_frames, write_sample

HOST, OTHER, SERVER = "10.88.2.1", "10.88.1.1", "10.88.0.1"


def frame(source: str, destination: str) -> bytes:
    """Return a frame of IPv4 without anything in it."""
    addresses = IPv4Address(source).packed + IPv4Address(destination).packed
    return bytes(12) + b"\x08\x00\x45" + bytes(11) + addresses


def test_a_sample_holds_stretches_and_all_that_one_host_said(tmp_path: Path) -> None:
    whole, sample = tmp_path / "whole.pcap", tmp_path / "sample.pcap"
    exchange = [frame(HOST, SERVER), frame(SERVER, HOST)]
    others = [frame(OTHER, SERVER)] * 49
    write_frames(whole, [*others, *exchange, *others])

    write_sample(whole, sample, size=20, stretches=2, host=HOST)

    capture = sample.read_bytes()
    frames = [capture[place.start + 16 : place.end] for place in frames_of(capture)]
    assert frames == [*others[:10], *exchange, *others[:9]]
