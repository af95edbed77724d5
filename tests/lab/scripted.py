"""Scripted responders for services that no Debian package provides."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NESSUS_REFUSAL = b"<?xml version='1.0'?><reply><status>ERROR</status></reply>"


def responding(response: Callable[[bytes], bytes], greeting: bytes = b"") -> Handler:
    """Return a handler that sends a greeting, and a response to each message."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while message := await reader.read(65536):
            if not (reply := response(message)):
                break
            writer.write(reply)
            await writer.drain()
        writer.close()

    return handle


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Receive one message and close the connection."""
    await reader.read(65536)
    writer.close()


async def greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send an unknown greeting, receive one message and close the connection."""
    writer.write(b"\x01lab\x02\r\n")
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(reader.read(65536), 0.05)
    writer.close()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Receive everything and send nothing."""
    while await reader.read(65536):
        pass
    writer.close()


def nessus(_: bytes) -> bytes:
    """Return the response of the Nessus web interface to a wrong password."""
    head = f"HTTP/1.1 200 OK\r\nServer: NessusWWW\r\nContent-Length: {len(NESSUS_REFUSAL)}\r\n\r\n"
    return head.encode() + NESSUS_REFUSAL


def irc(message: bytes) -> bytes:
    """Return the response of an IRC server to a client with a wrong password."""
    return b":lab 464 * :Password incorrect\r\n" if b"USER" in message else b""


def clamav(message: bytes) -> bytes:
    """Return the response of clamd to PING and to a scan command."""
    return b"PONG\n" if message.startswith(b"PING") else b"/x: No such file or directory. ERROR\n"


def iscsi(_: bytes) -> bytes:
    """Return the response of an iSCSI target that rejects a login."""
    return b"\x23\x87\x00\x00" + bytes(32) + b"\x02\x01" + bytes(10)


HANDLERS: dict[str, Handler] = {
    "mmouse": responding(lambda _: b"CONNECTED\x1eNO\x04"),
    "dpap": responding(lambda _: b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"),
    "nessus": responding(nessus),
    "irc": responding(irc, b":lab NOTICE * :*** welcome\r\n"),
    "clamav": responding(clamav),
    "icap": responding(lambda _: b"ICAP/1.0 404 Not Found\r\n\r\n"),
    "iscsi": responding(iscsi),
    "pptp": responding(lambda _: b"\x00\x9c\x00\x01\x1a\x2b\x3c\x4d\x00\x02" + bytes(146)),
    "closing": closing,
    "greeting": greeting,
    "silent": silent,
    "hearing": silent,
    "scarce": silent,
}


class OneResponse(asyncio.DatagramProtocol):
    """A UDP service that responds to one datagram."""

    def __init__(self, has_responded: asyncio.Event) -> None:
        self.has_responded = has_responded

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, _: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(b"\x01lab", addr)
        self.has_responded.set()


class NoResponse(asyncio.DatagramProtocol):
    """A UDP service that never responds."""


async def never_respond(port: int) -> None:
    """Receive datagrams on a port endlessly, and send nothing."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(NoResponse, ("::", port))
    await asyncio.Event().wait()


async def respond_once(port: int) -> None:
    """Respond to one datagram on a port, close the port for some seconds, and repeat."""
    loop = asyncio.get_running_loop()
    while True:
        has_responded = asyncio.Event()
        transport, _ = await loop.create_datagram_endpoint(
            partial(OneResponse, has_responded), ("::", port)
        )
        await has_responded.wait()
        transport.close()
        await asyncio.sleep(8)


DATAGRAMS = {"once": respond_once, "mute": never_respond}


async def serve(jobs: list[tuple[str, int]]) -> None:
    """Serve every job, the name of a handler and a port, endlessly."""
    running: list[Coroutine[None, None, None]] = [
        DATAGRAMS[name](port) for name, port in jobs if name in DATAGRAMS
    ]
    for name, port in jobs:
        if name not in DATAGRAMS:
            server = await asyncio.start_server(HANDLERS[name], None, port)
            running.append(server.serve_forever())
    await asyncio.gather(*running)


if __name__ == "__main__":
    jobs = [job.partition(":") for job in sys.argv[1:]]
    asyncio.run(serve([(name, int(port)) for name, _, port in jobs]))
