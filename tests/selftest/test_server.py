"""The server runs one self-test at a time, for its own user, and emits an event for each canary."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import pytest

from nmapwatchd.core.alert import Action, SensorEvent
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.selftest import server as module
from nmapwatchd.selftest.protocol import (
    Instructions,
    SelfTestResult,
    decode_instructions,
    decode_results,
    encode_refusal,
    encode_request,
    encode_unsent,
)
from nmapwatchd.selftest.server import SelfTestServer
from tests.selftest.building import canary_on

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Exchange = Callable[["Sensor", Reader, Writer], Coroutine[Any, Any, Any]]


class Sinks:
    """A delivery with one sink, which receives at once what is put."""

    def __init__(self) -> None:
        self.listener: Callable[[str, SensorEvent], None]
        self.events: list[SensorEvent] = []
        self.errors_by_sink = {"journald": ""}
        self.lost_by_sink = {"journald": 0}
        self.spool_error = ""

    def put(self, event: SensorEvent) -> None:
        self.events.append(event)
        self.listener("journald", event)


class Sensor:
    """A server that listens at a socket, of a sensor with one interface."""

    def __init__(self, path: Path) -> None:
        self.path, self.sinks = path, Sinks()
        self.server = SelfTestServer(
            cast(Delivery, self.sinks), lambda: {"eth0": lambda: "no frames"}
        )

    async def connect(self, exchange: Exchange) -> Any:
        """Connect to the server, and return what an exchange returns."""
        reader, writer = await asyncio.open_unix_connection(str(self.path))
        try:
            return await exchange(self, reader, writer)
        finally:
            writer.close()

    def run(self, *exchanges: Exchange) -> Any:
        """Run the server; return what each exchange returns, one after the other."""

        async def run() -> list[Any]:
            await self.server.open(self.path)
            try:
                return [await self.connect(exchange) for exchange in exchanges]
            finally:
                await self.server.close()

        return asyncio.run(run())


@pytest.fixture
def sensor(tmp_path: Path) -> Sensor:
    return Sensor(tmp_path / "run" / "selftest.socket")


async def begun(reader: Reader, writer: Writer, seconds: float = 10, **unsent: str) -> Instructions:
    """Request a self-test, and report what could not be sent; return the instructions."""
    writer.write(encode_request(seconds))
    instructions = decode_instructions(await reader.readline())
    writer.write(encode_unsent(unsent))
    return instructions


async def passing(sensor: Sensor, reader: Reader, writer: Writer) -> list[SelfTestResult]:
    """Have the canary captured, as it was asked for, twice."""
    instructions = await begun(reader, writer)
    assert instructions.interfaces == ("eth0",)
    for _ in range(2):
        sensor.server.on_canary(canary_on("eth0", instructions.token))
    return decode_results(await reader.readline())


async def failing(_sensor: Sensor, reader: Reader, writer: Writer) -> list[SelfTestResult]:
    """Have no canary captured."""
    await begun(reader, writer, seconds=0.05)
    return decode_results(await reader.readline())


def test_a_canary_that_reaches_every_sink_passes(sensor: Sensor) -> None:
    (results,) = sensor.run(passing)

    assert [(result.name, result.error) for result in results] == [("eth0", ""), ("journald", "")]
    (event,) = sensor.sinks.events
    assert (event.action, event.interfaces) == (Action.SENSOR_SELFTEST, ("eth0",))


def test_each_test_is_new(sensor: Sensor) -> None:
    first, second, third = sensor.run(passing, failing, passing)

    assert [result.error for result in first + third] == [""] * 4
    assert [result.error for result in second] == ["no frames", "no event to deliver"]


def test_a_test_ends_at_once_if_no_canary_could_be_sent(sensor: Sensor) -> None:
    async def exchange(_sensor: Sensor, reader: Reader, writer: Writer) -> list[SelfTestResult]:
        await begun(reader, writer, seconds=60, eth0="cannot send: down")
        return decode_results(await asyncio.wait_for(reader.readline(), 2))

    ((interface, sink),) = sensor.run(exchange)

    assert (interface.error, sink.error) == ("cannot send: down", "no event to deliver")


def test_a_test_ends_at_once_if_a_sink_has_lost_its_event(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_event: SensorEvent) -> None:
        sensor.sinks.lost_by_sink = {"journald": 1}

    async def exchange(sensor: Sensor, reader: Reader, writer: Writer) -> list[SelfTestResult]:
        instructions = await begun(reader, writer, seconds=60)
        sensor.server.on_canary(canary_on("eth0", instructions.token))
        return decode_results(await asyncio.wait_for(reader.readline(), 2))

    monkeypatch.setattr(sensor.sinks, "put", lose)
    ((interface, sink),) = sensor.run(exchange)

    assert (interface.error, sink.error) == ("", "messages were lost")


def test_a_client_that_does_not_report_what_it_sent_is_refused(sensor: Sensor) -> None:
    async def exchange(_sensor: Sensor, reader: Reader, writer: Writer) -> bytes:
        writer.write(encode_request(1) + b"hello\n")
        await reader.readline()
        return await reader.readline()

    assert sensor.run(exchange) == [encode_refusal("invalid request")]


def test_a_canary_without_a_test_is_ignored(sensor: Sensor) -> None:
    sensor.run(passing)

    sensor.server.on_canary(canary_on("eth0", "0" * 32))

    assert len(sensor.sinks.events) == 1


def test_a_delivery_of_another_message_does_not_count(sensor: Sensor) -> None:
    async def exchange(sensor: Sensor, reader: Reader, writer: Writer) -> list[SelfTestResult]:
        await begun(reader, writer, seconds=0.1)
        for action in (Action.SENSOR_SELFTEST, Action.SENSOR_HEARTBEAT):
            sensor.sinks.listener("journald", SensorEvent(action, 1, "another"))
        return decode_results(await reader.readline())

    ((interface, sink),) = sensor.run(exchange)

    assert (interface.error, sink.error) == ("no frames", "no event to deliver")


def test_a_spool_that_fails_is_a_result_of_its_own(sensor: Sensor) -> None:
    sensor.sinks.spool_error = "not stored on disk: full"

    (results,) = sensor.run(passing)

    assert results[-1] == SelfTestResult("spool", "not stored on disk: full")


def test_a_second_test_at_the_same_time_is_refused(sensor: Sensor) -> None:
    async def second(_sensor: Sensor, reader: Reader, writer: Writer) -> bytes:
        writer.write(encode_request(1))
        return await reader.readline()

    async def first(sensor: Sensor, reader: Reader, writer: Writer) -> bytes:
        await begun(reader, writer)
        return cast(bytes, await sensor.connect(second))

    assert sensor.run(first) == [encode_refusal("another self-test is running")]


@pytest.mark.parametrize("request_", [b"hello\n", b"{}\n", b"x" * 100_000 + b"\n", b"\n"])
def test_an_invalid_request_is_refused(request_: bytes, sensor: Sensor) -> None:
    async def exchange(_sensor: Sensor, reader: Reader, writer: Writer) -> bytes:
        writer.write(request_)
        return await reader.readline()

    assert sensor.run(exchange) == [encode_refusal("invalid request")]


def test_a_client_that_is_silent_is_disconnected(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLIENT_SECONDS", 0.05)

    async def exchange(_sensor: Sensor, reader: Reader, _writer: Writer) -> bytes:
        return await reader.readline()

    assert sensor.run(exchange) == [b""]


def test_only_the_services_user_may_connect(sensor: Sensor) -> None:
    async def exchange(sensor: Sensor, _reader: Reader, _writer: Writer) -> int:
        return sensor.path.stat().st_mode & 0o777

    assert sensor.run(exchange) == [0o600]
    assert not sensor.path.exists()


def test_a_socket_that_a_killed_service_left_is_replaced(sensor: Sensor) -> None:
    sensor.path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(sensor.path))

    (results,) = sensor.run(passing)

    assert results[0].error == ""


def test_the_socket_of_a_running_service_is_left_alone(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    sensor.path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(sensor.path))
        other.listen()

        sensor.run()

    assert sensor.path.exists()
    printed = capsys.readouterr()
    assert "self-test not available" in printed.out + printed.err
    assert "another service listens on it" in printed.out + printed.err
