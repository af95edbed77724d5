"""Scripted responders: they stand in for services that no Debian package offers."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NESSUS_REFUSAL = b"<?xml version='1.0'?><reply><status>ERROR</status></reply>"


def answering(answer: Callable[[bytes], bytes], greeting: bytes = b"") -> Handler:
    """A service that gives one answer to each thing it is told."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while heard := await reader.read(65536):
            if not (said := answer(heard)):
                break
            writer.write(said)
            await writer.drain()
        writer.close()

    return handle


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A service that hears one thing and hangs up."""
    await reader.read(65536)
    writer.close()


async def greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A service that says something nobody knows, hears one thing and hangs up."""
    writer.write(b"\x01lab\x02\r\n")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(reader.read(65536), 0.05)
    writer.close()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A service that hears everything and says nothing."""
    while await reader.read(65536):
        pass
    writer.close()


def nessus(_: bytes) -> bytes:
    """What the Nessus web interface says to a wrong password."""
    head = f"HTTP/1.1 200 OK\r\nServer: NessusWWW\r\nContent-Length: {len(NESSUS_REFUSAL)}\r\n\r\n"
    return head.encode() + NESSUS_REFUSAL


def irc(heard: bytes) -> bytes:
    """What an IRC server says to a client without the right password."""
    return b":lab 464 * :Password incorrect\r\n" if b"USER" in heard else b""


def clamav(heard: bytes) -> bytes:
    """What clamd says to a ping and to a wish to scan."""
    return b"PONG\n" if heard.startswith(b"PING") else b"/x: No such file or directory. ERROR\n"


def iscsi(_: bytes) -> bytes:
    """What an iSCSI target says to a login that it refuses."""
    return b"\x23\x87\x00\x00" + bytes(32) + b"\x02\x01" + bytes(10)


HANDLERS: dict[str, Handler] = {
    "mmouse": answering(lambda _: b"CONNECTED\x1eNO\x04"),
    "dpap": answering(lambda _: b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
    "nessus": answering(nessus),
    "irc": answering(irc, b":lab NOTICE * :*** welcome\r\n"),
    "clamav": answering(clamav),
    "icap": answering(lambda _: b"ICAP/1.0 404 Not Found\r\n\r\n"),
    "iscsi": answering(iscsi),
    "pptp": answering(lambda _: b"\x00\x9c\x00\x01\x1a\x2b\x3c\x4d\x00\x02" + bytes(146)),
    "closing": closing,
    "greeting": greeting,
    "silent": silent,
    "hearing": silent,
    "scarce": silent,
}


class OneAnswer(asyncio.DatagramProtocol):
    """A UDP service that answers one datagram and then shuts its port."""

    def __init__(self, answered: asyncio.Event) -> None:
        self.answered = answered

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, _: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(b"\x01lab", addr)
        self.answered.set()


class NoAnswer(asyncio.DatagramProtocol):
    """A UDP service that hears everything and says nothing."""


async def stay_mute(port: int) -> None:
    """Hears datagrams on a port for ever."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(NoAnswer, ("::", port))
    await asyncio.Event().wait()


async def answer_once(port: int) -> None:
    """Answers one datagram on a port, shuts it for some seconds, and begins again."""
    loop = asyncio.get_running_loop()
    while True:
        answered = asyncio.Event()
        transport, _ = await loop.create_datagram_endpoint(
            partial(OneAnswer, answered), ("::", port)
        )
        await answered.wait()
        transport.close()
        await asyncio.sleep(8)


DATAGRAMS = {"once": answer_once, "mute": stay_mute}


async def serve(jobs: list[tuple[str, int]]) -> None:
    """Serves every job, a name of a handler and a port, for ever."""
    running: list[Coroutine[None, None, None]] = [
        DATAGRAMS[name](port) for name, port in jobs if name in DATAGRAMS
    ]
    for name, port in jobs:
        if name not in DATAGRAMS:
            server = await asyncio.start_server(HANDLERS[name], None, port)
            running.append(server.serve_forever())
    await asyncio.gather(*running)


if __name__ == "__main__":
    wanted = [job.partition(":") for job in sys.argv[1:]]
    asyncio.run(serve([(name, int(port)) for name, _, port in wanted]))
