"""Errors name their sink, and only sinks with a confirmation count as such."""

import pytest

from nmapwatchd.sinks.sink import ConfirmingSink, SinkError, bracketed
from tests.sinks.building import syslog_sink


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(2, "No such file or directory"), "a: No such file or directory"),
        (OSError("handshake failed"), "a: handshake failed"),
        (TimeoutError(), "a: TimeoutError"),
    ],
)
def test_an_error_has_the_best_text_there_is(error: OSError, text: str) -> None:
    assert str(SinkError.of("a", error)) == text


@pytest.mark.parametrize(
    ("url", "confirms"),
    [("tcp://host:1", True), ("tls://host", True), ("udp://host", False), ("unix:/log", False)],
)
def test_streams_confirm_and_datagrams_do_not(url: str, confirms: bool) -> None:
    assert isinstance(syslog_sink(url), ConfirmingSink) is confirms


def test_an_ipv6_address_is_bracketed() -> None:
    assert bracketed("2001:db8::1") == "[2001:db8::1]"
    assert bracketed("192.0.2.1") == "192.0.2.1"
