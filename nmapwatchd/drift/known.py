"""What looks like a mark in nmap's files and is none, with the reason."""

from collections.abc import Mapping

# By transport and name.
KNOWN_PROBES: Mapping[str, str] = {
    "udp ASE": "one letter, so that every datagram beginning with it would be read",
}

_TESTS = "of the library's own tests, never sent"
_SAID = "said to the user"

# By file and string.
KNOWN_WORDS: Mapping[tuple[str, bytes], str] = {
    ("nselib/asn1.lua", b"\x04\x04nmap"): _TESTS,
    ("nselib/coap.lua", b"nmapcoap"): _TESTS,
    ("nselib/coap.lua", b"H\x01\x124nmapcoap\xbb.well-known\x04core"): _TESTS,
    ("nselib/vulns.lua", b"NMAP-%d"): "a key in memory",
    ("nselib/vulns.lua", b"NMAP_ID"): "a key in memory",
    ("scripts/ip-forwarding.nse", b"Nmap host discovery."): _SAID,
    ("scripts/targets-ipv6-multicast-echo.nse", b"Nmap host discovery."): _SAID,
    ("scripts/smb-psexec.nse", b"nmap_service"): "the name of a file that the user must provide",
    ("scripts/ms-sql-config.nse", b"      DROP TABLE #nmap_dbs "): "needs a login that succeeded",
    ("scripts/smtp-vuln-cve2010-4344.nse", b"/tmp/nmap"): "sent to a server already broken into",
}
