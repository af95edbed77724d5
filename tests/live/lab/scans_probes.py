"""The scans that send service probes, script sets and packets of their own."""

from __future__ import annotations

from tests.live.lab.scans_families import scan

PROBES = (
    scan("probes-tcp-all", "probes", "closing", "-p4000 -sV --version-all {target}", True),
    scan("probes-tcp-default", "probes", "closing", "-p4001 -sV {target}", True),
    scan("probes-tcp-light", "probes", "closing", "-p4002 -sV --version-light {target}"),
)
