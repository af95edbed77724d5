"""A self-test passes only if each interface captured and each sink received everything."""

from dataclasses import replace

import pytest

from nmapwatchd.capture.health import MAXIMUM_LAG_SECONDS
from nmapwatchd.core import canary
from nmapwatchd.core.observation import Transport
from nmapwatchd.selftest.session import SelfTestSession
from tests.building import observation
from tests.selftest.building import canary_on


def session(*interfaces: str, **sinks: int) -> SelfTestSession:
    """Return a session with sinks that have lost so many messages before."""
    return SelfTestSession(interfaces, sinks)


def results(
    tested: SelfTestSession,
    errors: dict[str, str] | None = None,
    lost: dict[str, int] | None = None,
) -> dict[str, str]:
    """Return each result's error by its name."""
    found = tested.results(lambda name: f"{name} is down", errors or {}, lost or {})
    return {result.name: result.error for result in found}


def test_every_session_has_a_token_of_its_own() -> None:
    tokens = {session().token for _ in range(3)}

    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {canary.TOKEN}


def test_only_the_first_canary_of_the_session_counts_on_each_interface() -> None:
    tested = session("eth0", "eth1")
    token = tested.token

    assert not tested.record_capture(canary_on("eth0", "0" * canary.TOKEN))
    assert not tested.record_capture(canary_on("eth2", token))
    assert not tested.record_capture(observation(interface="eth0", payload=b"else"))
    assert tested.record_capture(canary_on("eth0", token))
    assert not tested.record_capture(canary_on("eth0", token))
    assert tested.record_capture(canary_on("eth1", token))


def test_a_canary_counts_only_as_the_datagram_that_was_sent() -> None:
    tested = session("eth0")
    over_tcp = replace(canary_on("eth0", tested.token), transport=Transport.TCP)

    assert not tested.record_capture(over_tcp)


def test_it_is_done_when_every_sink_has_the_event_of_every_interface() -> None:
    tested = session("eth0", "eth1", journald=0, file=0)
    for interface in ("eth0", "eth1"):
        tested.record_capture(canary_on(interface, tested.token))
    for sink, event_id in (("journald", "a"), ("journald", "b"), ("file", "a"), ("file", "a")):
        tested.record_delivery(sink, event_id)
        assert not tested.is_done({})

    tested.record_delivery("file", "b")

    assert tested.is_done({})
    assert results(tested) == {"eth0": "", "eth1": "", "journald": "", "file": ""}


def test_a_success_has_the_time_that_it_took() -> None:
    tested = session("eth0", journald=0)
    tested.record_capture(canary_on("eth0", tested.token))
    tested.record_delivery("journald", "a")

    captured, received = tested.results(str, {}, {})

    assert 0 < captured.seconds <= received.seconds < 5


def test_an_interface_that_captured_nothing_has_its_diagnosis() -> None:
    tested = session("eth0", "eth1", journald=0)
    tested.record_capture(canary_on("eth0", tested.token))
    tested.record_delivery("journald", "a")

    assert not tested.is_done({})
    assert results(tested) == {"eth0": "", "eth1": "eth1 is down", "journald": ""}


def test_an_interface_that_nothing_could_be_sent_on_has_that_reason() -> None:
    tested = session("eth0", "eth1", journald=0)
    tested.record_unsent({"eth0": "cannot send", "eth2": "unknown"})
    tested.record_capture(canary_on("eth1", tested.token))
    assert not tested.is_done({})

    tested.record_delivery("journald", "a")

    assert tested.is_done({})
    assert results(tested) == {"eth0": "cannot send", "eth1": "", "journald": ""}


def test_a_canary_that_was_sent_is_waited_for_as_long_as_a_sensor_may_lag() -> None:
    tested = session("eth0", journald=0)
    assert not tested.is_done({})

    tested._started_at -= MAXIMUM_LAG_SECONDS

    assert tested.is_done({})
    assert results(tested) == {"eth0": "eth0 is down", "journald": "no event to deliver"}


def test_a_sink_that_has_lost_a_message_is_not_waited_for() -> None:
    tested = session("eth0", siem=3)
    tested.record_capture(canary_on("eth0", tested.token))

    assert not tested.is_done({"siem": 3})
    assert tested.is_done({"siem": 4})


@pytest.mark.parametrize(
    ("captured", "errors", "lost", "error"),
    [
        (True, {}, {}, "not received in time"),
        (True, {"siem": "Connection refused"}, {}, "Connection refused"),
        (True, {"siem": "siem: Connection refused"}, {}, "Connection refused"),
        (True, {"siem": "Connection refused"}, {"siem": 4}, "messages were lost"),
        (True, {"siem": ""}, {"siem": 3}, "not received in time"),
        (False, {}, {}, "no event to deliver"),
        (False, {"siem": "Connection refused"}, {}, "Connection refused"),
    ],
)
def test_a_sink_that_received_nothing_has_the_reason(
    captured: bool, errors: dict[str, str], lost: dict[str, int], error: str
) -> None:
    tested = session("eth0", siem=3)
    if captured:
        tested.record_capture(canary_on("eth0", tested.token))

    assert results(tested, errors, lost)["siem"] == error
