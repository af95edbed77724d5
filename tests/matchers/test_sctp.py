"""Detection by SCTP packets."""

import struct
from pathlib import Path

from nmapwatchd.matchers.sctp import MATCHER
from tests.building import observation
from tests.packets import network, replayed, rule_ids

INIT = struct.pack(">BBHIIHHI", 1, 0, 20, 0xEE55DD44, 32_768, 10, 2048, 0x8F00AA11)
COOKIE = struct.pack(">BBHI", 10, 0, 8, 0x01020304)


def sctp(chunk: bytes, ttl: int) -> bytes:
    return network(struct.pack(">HHII", 51_846, 80, 0, 0) + chunk, 132, ttl=ttl)


def test_an_sctp_scan_is_detected_by_one_packet_but_not_that_of_masscan(tmp_path: Path) -> None:
    assert rule_ids(replayed(tmp_path, [sctp(INIT, 54)])) == {"sctp.raw-init"}
    assert rule_ids(replayed(tmp_path, [sctp(COOKIE, 48)])) == {"sctp.raw-cookie-echo"}
    assert rule_ids(replayed(tmp_path, [sctp(COOKIE, 64)])) == {"sctp.raw-cookie-echo"}
    assert replayed(tmp_path, [sctp(INIT, 255), sctp(INIT, 64)]) == []


def test_the_first_chunk_is_read_from_what_tshark_decodes() -> None:
    decoded = {"sctp.chunk_type": ("1",), "sctp.init_credit": ("32768",)}
    fields = MATCHER.fields_of(observation(decoded=decoded))

    assert (fields["chunk"], fields["credit"], fields["outbound"]) == (("1",), ("32768",), ())
