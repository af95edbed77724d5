"""Scans with brute-force and information scripts that send a name specific to nmap."""

from __future__ import annotations

from tests.lab.scans_families import FEW, SHORT, scan

REPOSITORY = "svn-brute.repo=lab,svn-brute.force"

BRUTE = (
    scan(
        "svn-brute",
        "svn",
        "svnserve",
        f"-p3690 --script svn-brute --script-args {REPOSITORY},{FEW} {SHORT} {{target}}",
        True,
    ),
    scan(
        "svn-brute-unusual-port",
        "svn",
        "svnserve",
        f"-p3691 --script +svn-brute --script-args {REPOSITORY},{FEW} {SHORT} {{target}}",
    ),
    scan(
        "socks-brute",
        "socks",
        "dante",
        f"-p1080 --script socks-brute --script-args {FEW} {SHORT} {{target}}",
        True,
    ),
    scan(
        "socks-brute-unusual-port",
        "socks",
        "dante",
        f"-p1088 --script +socks-brute --script-args {FEW} {SHORT} {{target}}",
    ),
    scan("socks-version", "socks", "dante", "-p1080 -sV --script socks-auth-info {target}"),
    scan(
        "mmouse-brute",
        "mmouse",
        "mmouse",
        f"-p51010 --script mmouse-brute --script-args {FEW} {SHORT} {{target}}",
        True,
    ),
    scan(
        "mmouse-brute-unusual-port",
        "mmouse",
        "mmouse",
        f"-p51011 --script +mmouse-brute --script-args {FEW} {SHORT} {{target}}",
    ),
    scan(
        "dpap-brute",
        "dpap",
        "dpap",
        f"-p8770 --script dpap-brute --script-args {FEW} {SHORT} {{target}}",
        True,
    ),
    scan(
        "dpap-brute-unusual-port",
        "dpap",
        "dpap",
        f"-p8771 --script +dpap-brute --script-args {FEW} {SHORT} {{target}}",
    ),
    scan(
        "nessus-xmlrpc-brute",
        "nessus",
        "nessus",
        f"-p8834 --script nessus-xmlrpc-brute --script-args {FEW} {SHORT} {{target}}",
        True,
    ),
    scan(
        "nessus-xmlrpc-brute-unusual-port",
        "nessus",
        "nessus",
        f"-p8835 --script +nessus-xmlrpc-brute --script-args {FEW} {SHORT} {{target}}",
    ),
    scan(
        "irc-brute",
        "irc",
        "irc",
        f"-p6667 --script irc-brute,irc-info --script-args {FEW} {SHORT} {{target}}",
        True,
    ),
    scan("clamav-exec", "clamav", "clamav", "-p3310 --script clamav-exec {target}"),
    scan("icap-info", "icap", "icap", "-p1344 --script icap-info {target}"),
    scan("iscsi-info", "iscsi", "iscsi", "-p3260 --script iscsi-info {target}"),
    scan("pptp-version", "pptp", "pptp", "-p1723 --script +pptp-version {target}"),
)
