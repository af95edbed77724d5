"""What continues an upload of a browser or a library may be a third party's content."""

import pytest

from nmapwatchd.core.attribution import uploads
from nmapwatchd.core.attribution.uploads import Uploads
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.sighting import Sighting
from tests.building import observation, signature

HEAD = b"POST /upload HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"


def continues(table: Uploads, seconds: float = 1, /, **changes: object) -> bool:
    seen = observation(seconds, payload=b"loud", **changes)
    (one,) = table.marked([Sighting(signature("loud").rule, seen, ())])
    return one.observation.continues_upload


def after(payload: bytes = HEAD, **changes: object) -> Uploads:
    table = Uploads()
    table.learn(observation(payload=payload, **changes))
    return table


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"PATCH"])
def test_a_segment_after_the_head_of_a_library_s_request_continues_it(method: bytes) -> None:
    assert continues(after(HEAD.replace(b"POST", method)))


@pytest.mark.parametrize(
    "payload",
    [
        HEAD.replace(b"POST", b"GET"),
        HEAD.replace(b"Accept", b"User-Agent"),
        b"POST / HTTP/1.1\r\nHost: a\r\n\r\n\r\nAccept: */*\r\n",
        b"",
    ],
)
def test_other_requests_begin_no_upload(payload: bytes) -> None:
    assert not continues(after(payload))


def test_a_datagram_begins_no_upload() -> None:
    assert not continues(after(transport=Transport.UDP))


@pytest.mark.parametrize(
    "change",
    [
        {"source": "10.0.0.6"},
        {"source_port": 1},
        {"destination": "10.0.0.9"},
        {"destination_port": 81},
    ],
)
def test_another_connection_is_not_affected(change: dict[str, object]) -> None:
    assert not continues(after(), 1, **change)


def test_an_upload_lasts_for_five_minutes_after_what_was_sighted_in_it() -> None:
    assert continues(after(), 299.9)
    assert not continues(after(), 300)
    assert not continues(after(), -1)

    table = after()
    assert continues(table, 200)
    assert continues(table, 400)


def test_uploads_that_are_evicted_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAXIMUM_UPLOADS", 2)
    table = Uploads()
    for number in range(5):
        table.learn(observation(payload=HEAD, source=f"10.0.1.{number}"))

    assert table.evictions == 3
