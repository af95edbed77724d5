"""The other scanners, which no sensor may call nmap."""

from __future__ import annotations

from tests.live.lab.kinds import OtherTool

TOOLS: tuple[OtherTool, ...] = ()
