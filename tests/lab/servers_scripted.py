"""The scripted responders as servers of the lab."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.lab.server import Server, ServerContext


def scripted(name: str, *ports: int) -> Server:
    """Return the server that runs a handler on some ports."""

    def prepare(_: ServerContext) -> Sequence[str]:
        program = str(Path(__file__).with_name("scripted.py"))
        return [sys.executable, program, *(f"{name}:{port}" for port in ports)]

    return (
        Server(name, "", prepare, udp=ports)
        if name in ("once", "mute")
        else Server(name, "", prepare, tcp=ports)
    )


SCRIPTED = (
    scripted("mmouse", 51010, 51011),
    scripted("dpap", 8770, 8771),
    scripted("nessus", 8834, 8835),
    scripted("irc", 6667, 6700),
    scripted("clamav", 3310),
    scripted("icap", 1344),
    scripted("iscsi", 3260),
    scripted("pptp", 1723),
    scripted(
        "closing", 4000, 4001, 4002, 88, 175, 554, 1883, 2001, 3388, 5061, 6000, 7777, 9999, 20021
    ),
    scripted("greeting", 23, 4100, 4101, 2100),
    scripted("silent", 4200),
    scripted(
        "hearing",
        *(23, 37, 43, 79, 119, 554, 873, 1433, 2000, 3310, 3493, 3632, 4730, 5038, 5222, 5666),
        *(5672, 6000, 6667, 8554, 9418, 10050, 10809, 11112, 12489, 27017, 27960),
    ),
    scripted(
        "scarce",
        *(13, 79, 102, 104, 175, 502, 512, 513, 523, 524, 548, 1352, 1433, 1521, 1526, 1599, 1962),
        *(2002, 2401, 2628, 3031, 3128, 3205, 3632, 5019, 5222, 5631, 6633, 7210, 7547, 8000, 8009),
        *(8291, 8333, 9100, 9160, 9600, 9998, 10000, 11210, 19150, 27017, 50000),
    ),
    scripted(
        "mute",
        *(13, 67, 523, 623, 1258, 1900, 3671, 3702, 3784, 4569, 5351, 6481, 8611, 9600, 11211),
        *(20110, 47808),
    ),
    scripted("once", 69, 111, 123, 137, 443, 500, 1434, 4000, 4500, 5683, 9999),
)
