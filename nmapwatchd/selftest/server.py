"""The examiner lets who is allowed to ask a running service for a self-test, at a local socket."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from nmapwatchd.core.alert import Action, Message, SensorEvent
from nmapwatchd.core.observation import Observation
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.formats.identity import event_id
from nmapwatchd.selftest.session import Part, SelfTestSession

_log = structlog.get_logger()

# Seconds that who asks has to say what they want, and to read the answer.
PATIENCE = 2.0
# Seconds that a self-test may take at most.
LONGEST = 120.0
# Bytes of what is asked: one number.
_MAXIMUM_QUESTION = 256
# Seconds between two looks whether everything is proved.
_PAUSE = 0.02

# Tells why nothing was seen on an interface, by what it showed when the test began.
Unseen = Callable[[], str]


class SelfTestServer:
    """
    Answers at a socket that only this user, and root, may open.

    One line of JSON asks: `{"seconds": 15}`. The first answer says what to send, and where; the
    second, what came of it.

    Args:
        delivery: who must be told.
        interfaces: returns those that are watched, each with what will tell why it saw nothing.
    """

    def __init__(self, delivery: Delivery, interfaces: Callable[[], Mapping[str, Unseen]]) -> None:
        self._delivery, self._interfaces = delivery, interfaces
        self._examination: SelfTestSession | None = None
        self._events: set[str] = set()
        self._server: asyncio.Server | None = None
        self._place: Path | None = None

    async def open(self, place: Path) -> None:
        """Listen; where that is not possible the service goes on without, and says so."""
        self._delivery.listener = self._told
        try:
            place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            found = await asyncio.to_thread(_listen, place)
            self._server = await asyncio.start_unix_server(
                self._serve, sock=found, limit=_MAXIMUM_QUESTION
            )
            self._place = place
        except OSError as error:
            why = error.strerror or str(error)
            _log.warning("no self-test will be possible", socket=str(place), error=why)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        if self._place is not None:
            self._place.unlink(missing_ok=True)

    def saw(self, observation: Observation) -> None:
        """Say that a canary was seen, where it is one that was asked for."""
        examination = self._examination
        if examination is not None and examination.saw(observation):
            event = SensorEvent(
                Action.SENSOR_SELFTEST,
                time.time_ns(),
                f"the request of self-test {examination.token} was seen",
                (observation.interface,),
            )
            self._events.add(event_id(event))
            self._delivery.put(event)

    def _told(self, sink: str, message: Message) -> None:
        """Take note of who was told; called from any thread."""
        examination = self._examination
        if examination is not None and message.action is Action.SENSOR_SELFTEST:
            found = event_id(message)
            if found in self._events:
                examination.told(sink, found)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question = await asyncio.wait_for(reader.readline(), PATIENCE)
            seconds = min(float(json.loads(question)["seconds"]), LONGEST)
        except (ValueError, TypeError, KeyError, RecursionError):
            await _say(writer, {"refused": "this is no question"})
            return
        if self._examination is not None:
            await _say(writer, {"refused": "another self-test is under way"})
            return
        unseen = self._interfaces()
        examination = SelfTestSession(tuple(unseen), self._delivery.lost_by_sink)
        self._events.clear()
        self._examination = examination
        try:
            await _say(writer, {"token": examination.token, "interfaces": examination.interfaces})
            end = time.monotonic() + seconds
            # Threads tell what it waits for.
            while not examination.is_done and time.monotonic() < end:  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE)
            parts = examination.parts(
                lambda name: unseen[name](),
                self._delivery.errors_by_sink,
                self._delivery.lost_by_sink,
            )
            await _say(writer, {"parts": [_plain(part) for part in (*parts, *self._disk())]})
        finally:
            self._examination = None

    def _disk(self) -> Sequence[Part]:
        fault = self._delivery.spool_error
        return [Part("spool", fault)] if fault else []


def _plain(part: Part) -> Mapping[str, Any]:
    return {"name": part.name, "fault": part.fault, "seconds": part.seconds}


async def _say(writer: asyncio.StreamWriter, answer: Mapping[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await asyncio.wait_for(writer.drain(), PATIENCE)


def _listen(place: Path) -> socket.socket:
    """Return a listening socket; one that a service left behind which was killed is removed."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(PATIENCE)
            try:
                probe.connect(str(place))
            except (FileNotFoundError, ConnectionRefusedError):
                place.unlink(missing_ok=True)
            else:
                raise FileExistsError(17, "another service listens there")
        before = os.umask(0o177)
        try:
            found.bind(str(place))
        finally:
            os.umask(before)
    except BaseException:
        found.close()
        raise
    return found
