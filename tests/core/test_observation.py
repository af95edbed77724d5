"""An observation has the fields that attribution and matchers rely on."""

from nmapwatchd.core.observation import NO_FIELDS, Observation, Transport


def test_the_transports_are_those_that_signatures_name() -> None:
    assert [transport.value for transport in Transport] == [
        "tcp", "udp", "icmp", "icmpv6", "sctp", "ip",
    ]  # fmt: skip


def test_what_a_link_or_a_decoder_does_not_know_is_empty() -> None:
    seen = Observation(1, "eth0", "10.0.0.5", "10.0.0.8", 0, 0, Transport.ICMP, b"")

    assert (seen.decoded, seen.mac, seen.vlans) == ({}, "", ())
    assert (seen.frame_hash, seen.content_hash) == (0, 0)


def test_there_are_no_fields_in_no_fields() -> None:
    assert not NO_FIELDS
