"""The ordinary clients, which no sensor may call a scan."""

from __future__ import annotations

from tests.live.lab.kinds import Client

CLIENTS: tuple[Client, ...] = ()
