"""The self-test's server: lets a local client test the running service, one test at a time."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import structlog

from nmapwatchd.core.alert import Action, Message, SensorEvent
from nmapwatchd.core.observation import Observation
from nmapwatchd.delivery.delivery import Delivery
from nmapwatchd.formats.identity import event_id
from nmapwatchd.selftest.protocol import (
    MAXIMUM_MESSAGE,
    MAXIMUM_SECONDS,
    Instructions,
    ProtocolError,
    SelfTestResult,
    decode_request,
    decode_unsent,
    encode_instructions,
    encode_refusal,
    encode_results,
)
from nmapwatchd.selftest.session import SelfTestSession

_log = structlog.get_logger()

# Seconds that a client has to send its request, and to read each reply.
CLIENT_SECONDS = 2.0
# Seconds between two checks whether the test is done.
_POLL_SECONDS = 0.02

# Returns why nothing was captured on an interface since the diagnosis was created.
Diagnosis = Callable[[], str]


class SelfTestServer:
    """
    Listens on a socket that only the service's user and root may open.

    Args:
        delivery: delivers the events of a test, and knows the sinks.
        diagnoses: returns the interfaces, each with a diagnosis that starts now.
    """

    def __init__(
        self, delivery: Delivery, diagnoses: Callable[[], Mapping[str, Diagnosis]]
    ) -> None:
        self._delivery, self._diagnoses = delivery, diagnoses
        self._session: SelfTestSession | None = None
        self._event_ids: set[str] = set()
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self.error = ""  # why it does not listen

    async def open(self, path: Path) -> None:
        """Start to listen, at this path; if that fails, `poll` tries again."""
        self._delivery.listener = self._on_delivered
        self._path = path
        await self.poll()

    async def poll(self) -> None:
        """Listen, if that was not possible before; log a failure: all else works without it."""
        path = self._path
        if path is None or self._server is not None:
            return
        error = ""
        try:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            listening = await asyncio.to_thread(_listen, path)
            self._server = await asyncio.start_unix_server(
                self._on_connection, sock=listening, limit=MAXIMUM_MESSAGE
            )
        except OSError as failure:
            error = f"self-test {path}: {failure.strerror or failure}"
        if error and error != self.error:
            _log.warning("self-test not available", error=error)
        self.error = error

    async def close(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is not None and self._path is not None:
            self._server.close()
            with suppress(OSError):  # the directory may be unavailable by now
                self._path.unlink(missing_ok=True)

    def on_canary(self, observation: Observation) -> None:
        """Emit an event if an observation is a canary of the current test; ignore it if not."""
        session = self._session
        if session is not None and session.record_capture(observation):
            event = SensorEvent(
                Action.SENSOR_SELFTEST,
                time.time_ns(),
                f"canary {session.token} captured",
                (observation.interface,),
            )
            self._event_ids.add(event_id(event))
            self._delivery.put(event)

    def _on_delivered(self, sink: str, message: Message) -> None:
        """Record a message that a sink has received; called from any thread."""
        session = self._session
        if session is not None and message.action is Action.SENSOR_SELFTEST:
            id_ = event_id(message)
            if id_ in self._event_ids:
                session.record_delivery(sink, id_)

    async def _on_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError, TimeoutError):  # the client has gone, or is too slow
            try:
                await self._handle_request(reader, writer)
            except ProtocolError:
                await _reply(writer, encode_refusal("invalid request"))
        writer.close()

    async def _handle_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """
        Run the self-test that a client requests.

        Raises:
            ProtocolError: the client sends something else.
        """
        seconds = min(decode_request(await _line(reader)), MAXIMUM_SECONDS)
        if self._session is not None:
            await _reply(writer, encode_refusal("another self-test is running"))
            return
        diagnoses = self._diagnoses()
        session = SelfTestSession(tuple(diagnoses), self._delivery.lost_by_sink)
        self._event_ids.clear()
        self._session = session
        try:
            instructions = Instructions(session.token, session.interfaces)
            await _reply(writer, encode_instructions(instructions))
            session.record_unsent(decode_unsent(await _line(reader)))
            deadline = time.monotonic() + seconds
            # Polled: deliveries are recorded by threads.
            while time.monotonic() < deadline:
                if session.is_done(self._delivery.lost_by_sink):
                    break
                await asyncio.sleep(_POLL_SECONDS)
            results = session.results(
                lambda name: diagnoses[name](),
                self._delivery.errors_by_sink,
                self._delivery.lost_by_sink,
            )
            await _reply(writer, encode_results([*results, *self._spool_result()]))
        finally:
            self._session = None

    def _spool_result(self) -> Iterable[SelfTestResult]:
        """Yield a result for the spool, if it fails."""
        if error := self._delivery.spool_error:
            yield SelfTestResult("spool", error)


async def _line(reader: asyncio.StreamReader) -> bytes:
    """
    Return the next line from the client.

    Raises:
        ProtocolError: it is too long.
    """
    try:
        return await asyncio.wait_for(reader.readline(), CLIENT_SECONDS)
    except ValueError as error:
        raise ProtocolError(str(error)) from error


async def _reply(writer: asyncio.StreamWriter, reply: bytes) -> None:
    writer.write(reply)
    await asyncio.wait_for(writer.drain(), CLIENT_SECONDS)


def _listen(path: Path) -> socket.socket:
    """
    Return a listening socket; replace one that a killed service has left.

    Raises:
        OSError: it cannot be created, or another service listens on it.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(CLIENT_SECONDS)
            try:
                probe.connect(str(path))
            except (FileNotFoundError, ConnectionRefusedError):
                path.unlink(missing_ok=True)
            else:
                raise FileExistsError(17, "another service listens on it")
        umask = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(umask)
    except BaseException:
        listening.close()
        raise
    return listening
