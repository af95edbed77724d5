"""Probes and strings of nmap that need no signature, with the reason."""

from collections.abc import Mapping

# By transport and name.
IGNORED_PROBES: Mapping[str, str] = {
    "udp ASE": "one letter: every datagram that starts with it would pass the kernel filter",
}

_TESTS = "only in the library's own tests, never sent"
_OUTPUT = "shown to the user"

# By file and string.
IGNORED_STRINGS: Mapping[tuple[str, bytes], str] = {
    ("nselib/asn1.lua", b"\x04\x04nmap"): _TESTS,
    ("nselib/coap.lua", b"nmapcoap"): _TESTS,
    ("nselib/coap.lua", b"H\x01\x124nmapcoap\xbb.well-known\x04core"): _TESTS,
    ("nselib/vulns.lua", b"NMAP-%d"): "a key in memory",
    ("nselib/vulns.lua", b"NMAP_ID"): "a key in memory",
    ("scripts/ip-forwarding.nse", b"Nmap host discovery."): _OUTPUT,
    ("scripts/targets-ipv6-multicast-echo.nse", b"Nmap host discovery."): _OUTPUT,
    ("scripts/smb-psexec.nse", b"nmap_service"): "the name of a file that the user must provide",
    ("scripts/ms-sql-config.nse", b"      DROP TABLE #nmap_dbs "): "needs a login that succeeded",
    ("scripts/smtp-vuln-cve2010-4344.nse", b"/tmp/nmap"): "sent to a server already broken into",
}
