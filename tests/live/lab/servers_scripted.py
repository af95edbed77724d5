"""The scripted responders, each as a server of the lab."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.live.lab.server import Place, Server


def scripted(name: str, *ports: int) -> Server:
    """A responder, by the name of its handler, on some ports."""

    def prepare(_: Place) -> Sequence[str]:
        program = str(Path(__file__).with_name("scripted.py"))
        return [sys.executable, program, *(f"{name}:{port}" for port in ports)]

    return Server(name, "", prepare, tcp=ports)


SCRIPTED = (
    scripted("mmouse", 51010, 51011),
    scripted("dpap", 8770, 8771),
    scripted("nessus", 8834, 8835),
    scripted("irc", 6667, 6700),
    scripted("clamav", 3310),
    scripted("icap", 1344),
    scripted("iscsi", 3260),
    scripted("pptp", 1723),
    scripted("closing", 4000, 4001, 4002, 5, 7777, 9999, 20021),
    scripted("greeting", 4100, 4101, 4102),
    scripted("silent", 4200),
)
