"""Every server of the lab, by name."""

from __future__ import annotations

from tests.lab.server import Server
from tests.lab.servers_core import CORE
from tests.lab.servers_more import MORE
from tests.lab.servers_scripted import SCRIPTED
from tests.lab.servers_session import SESSION

ALL: tuple[Server, ...] = (*CORE, *SESSION, *MORE, *SCRIPTED)
BY_NAME = {server.name: server for server in ALL}
