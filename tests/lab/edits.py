"""Edits distinctive strings in nmap's files, as a scanner that avoids detection would."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

DATA = Path("/usr/share/nmap")
PROGRAM = Path("/usr/bin/nmap")

# nmap's default window of a SYN: mov ecx, htons(1024).
WINDOW_BEFORE = bytes.fromhex("6685c9b9040000000f44c16689430e")
WINDOW_AFTER = bytes.fromhex("6685c9b9280000000f44c16689430e")  # htons(10240)


@dataclass(frozen=True)
class Edit:
    """A substitution in some of nmap's data files; it must change at least one of them."""

    files: str
    before: str  # a regular expression
    after: str


EDITS = (
    # HTTP
    Edit("nselib/http.lua", r"Mozilla/5\.0 \(compatible; Nmap [^\"]*", "Mozilla/5.0 (X11; Linux)"),
    Edit("nselib/http.lua", "/nmaplowercheck", "/files"),
    Edit("nselib/http.lua", "/NmapUpperCheck", "/Files"),
    Edit("nselib/http.lua", "/Nmap/folder/check", "/pub/files/"),
    Edit("nmap-service-probes", r"/nice%20ports%2C/Tri%6Eity\.txt%2ebak", "/public/readme.txt"),
    Edit("scripts/http-*.nse", "(?i)nmap(?=_test|boundary|CVEIdentification)", "site"),
    # SSH
    Edit("nselib/ssh1.lua", "SSH-1.5-Nmap-SSH1-Hostkey", "SSH-1.5-OpenSSH_8.4"),
    Edit("nselib/ssh2.lua", "SSH-2.0-Nmap-SSH2-Hostkey", "SSH-2.0-OpenSSH_8.4"),
    Edit("scripts/sshv1.nse", "SSH-1.5-NmapNSE_1.0", "SSH-1.5-OpenSSH_8.4"),
    Edit(
        "scripts/ssh2-enum-algos.nse",
        "SSH-2.0-Nmap[_-]SSH2[_-]Enum[_-]Algos",
        "SSH-2.0-OpenSSH_8.4",
    ),
    # SMB and NTLM
    Edit("nselib/smb.lua", '"Nmap",( +-- OS)', r'"Unix",\1'),
    Edit("nselib/smb.lua", '"Native Lanman"', '"Samba"'),
    Edit("nselib/smb2.lua", "1234567890123456", "kQ7zRf2mXw9pLs4v"),
    Edit("nselib/smbauth.lua", r'utf8to16\("nmap"\)', 'utf8to16("desk")'),
    # RDP
    Edit("nselib/rdp.lua", "mstshash=nmap", "mstshash=john"),
    Edit("nmap-service-probes", "mstshash=nmap", "mstshash=john"),
    # SIP
    Edit("nselib/sip.lua", "Nmap NSE", "Twinkle"),
    Edit("nmap-service-probes", r"\bnm2?(?=[@>; ])", "pbx"),
    # SMTP
    Edit("nselib/smtp.lua", r"nmap\.scanme\.org", "mail.example.org"),
    Edit("scripts/smtp-*.nse", r"nmap\.scanme\.org", "mail.example.org"),
    # TLS
    Edit("nmap-service-probes", "random1random2random3random4", "k2f8sJq0Zr5vWn1bYt6mXc3dHg7p"),
    Edit("nmap-service-probes", r"\\xf3\\0\\xfd\\x82\{", r"\\x1c\\x8a\\x40\\x93q"),
    Edit("nselib/shortport.lua", "random1random2random3", "k2f8sJq0Zr5vWn1bYt6mX"),
    Edit("nselib/shortport.lua", r"\\xf3\\0\\xfd", r"\\x1c\\x8a\\x40"),
    # DNS
    Edit("scripts/dns-recursion.nse", r"\\xde\\xad", r"\\x3a\\x71"),
    Edit("scripts/dns-random-*.nse", "0xbe, 0xef", "0x3a, 0x71"),
    Edit("nselib/dns.lua", r"pkt\.id = 1\b", "pkt.id = math.random(65535)"),
    # Names in other probes and scripts
    Edit("nselib/mssql.lua", '"Nmap(?: NSE)?"', '"client"'),
    Edit("nselib/tns.lua", "USER=nmap", "USER=john"),
    Edit("nselib/tns.lua", "nmap_", "john_"),
    Edit(
        "nmap-service-probes",
        r"(?i)nmap(?=\.[co][AD]|\.probe| \\x06|\\0|\\x20|\|\n|\\n0000)",
        "main",
    ),
    Edit("nselib/mqtt.lua", '"nmap" [.][.]', '"desk" ..'),
    Edit("nselib/iscsi.lua", "nmap_iscsi_probe", "workstation"),
    Edit("nselib/informix.lua", "nmap_probe", "ol_main"),
    Edit("nselib/smb.lua", "nmap-(share-test|test-file)", r"lab-\1"),
    Edit("scripts/mmouse-brute.nse", 'nil, "nmap"', 'nil, "desk"'),
    Edit("scripts/dpap-brute.nse", '"nmap:"', '"ipho:"'),
    Edit("scripts/irc-*.nse", "Nmap (?:brute|Wuz Here)", "John"),
    Edit("scripts/irc-*.nse", r"nmap_brute|(?<=USER )nmap(?= )", "john"),
    Edit("scripts/icap-info.nse", "nmap icap-client", "icap-client"),
    Edit("scripts/clamav-exec.nse", "/trinity/loves/nmap", "/srv/files/list"),
    Edit("scripts/krb5-enum-users.nse", 'realm, "nmap"', 'realm, "john"'),
    Edit("scripts/ftp-*.nse", "IEUser@", "john@desk"),
    Edit("scripts/*.nse", r"scanme\.nmap\.org", "www.example.org"),
)


def edited_nmap(folder: Path) -> tuple[str, ...]:
    """Create an edited nmap in a directory, if it is not there yet, and return its command."""
    data, copy = folder / "edited", folder / "edited-nmap"
    command = (str(copy), "--datadir", str(data))
    if copy.exists():
        return command
    shutil.copytree(DATA, data)
    for edit in EDITS:
        before, changed = re.compile(edit.before.encode("latin-1")), 0
        for path in data.glob(edit.files):
            content, times = before.subn(edit.after.encode("latin-1"), path.read_bytes())
            path.write_bytes(content)
            changed += times
        if not changed:
            raise LookupError(f"{edit.files} does not contain {edit.before}")
    program = PROGRAM.read_bytes()
    if program.count(WINDOW_BEFORE) != 1:
        raise LookupError(f"{PROGRAM} does not set a SYN's window as nmap 7.93 of Debian 12 does")
    copy.write_bytes(program.replace(WINDOW_BEFORE, WINDOW_AFTER))
    copy.chmod(0o755)
    return command
