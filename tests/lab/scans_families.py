"""Scans of common protocols, on usual and unusual ports."""

from __future__ import annotations

from tests.lab.kinds import Scan, words

SHORT = "--script-timeout 20s"
FEW = "unpwdb.userlimit=2,unpwdb.passlimit=3,brute.firstonly,brute.threads=2"


def scan(name: str, family: str, servers: str, arguments: str, also_newer: bool = False) -> Scan:
    """Return a scan whose arguments need no quoting."""
    return Scan(name, family, words(servers), words(f"-n {arguments}"), also_newer)


FAMILIES = (
    scan("ssh-default-scripts", "ssh", "openssh", "-p22 -sC {target}", True),
    scan(
        "ssh-unusual-port",
        "ssh",
        "openssh",
        "-p2222 -sV --script ssh-hostkey,ssh2-enum-algos,sshv1 {target}",
    ),
    scan(
        "ssh-auth-methods",
        "ssh",
        "openssh",
        "-p22 --script ssh-auth-methods,ssh-publickey-acceptance {target}",
        True,
    ),
    scan(
        "ssh-brute",
        "ssh",
        "openssh",
        f"-p22 --script ssh-brute --script-args {FEW} {SHORT} {{target}}",
    ),
    scan("ssh-ipv6", "ssh", "openssh", "-6 -p22 --script ssh-hostkey,ssh2-enum-algos {target6}"),
    scan("http-version", "http", "nginx", "-p80 -sV {target}", True),
    scan("http-default-scripts", "http", "nginx", "-p80 -sC {target}", True),
    scan("http-unusual-port", "http", "nginx", "-p8099 -sV --version-all -sC {target}"),
    scan("http-trane-info", "http", "nginx", "-p80 --script http-trane-info {target}"),
    scan(
        "http-404-checks",
        "http",
        "nginx",
        "-p80 --script http-enum,http-config-backup --script-args http-enum.category=security,"
        "http.max-pipeline=20 --script-timeout 10s {target}",
    ),
    scan(
        "http-brute",
        "http",
        "nginx",
        f"-p80 --script http-brute --script-args http-brute.path=/private,{FEW} {SHORT} {{target}}",
    ),
    scan("https-default-scripts", "http", "nginx", "-p443 -sV -sC {target}", True),
    scan(
        "https-ciphers", "http", "nginx", "-p8444 --script ssl-enum-ciphers,ssl-heartbleed {target}"
    ),
    scan("http-ipv6", "http", "nginx", "-6 -p80 -sV {target6}"),
    scan("http-vlan", "http", "nginx", "-p80 -sV {vlan}"),
    scan("http-qinq", "http", "nginx", "-p80 -sV {qinq}"),
    scan("smb1-default-scripts", "smb", "samba_legacy", "-p445 -sC {legacy}", True),
    scan(
        "smb1-discovery",
        "smb",
        "samba_legacy",
        "-p445 --script smb-os-discovery,smb-enum-shares,smb-security-mode,smb-protocols {legacy}",
    ),
    scan(
        "smb1-brute",
        "smb",
        "samba_legacy",
        f"-p445 --script smb-brute --script-args {FEW} {SHORT} {{legacy}}",
    ),
    scan("smb2-default-scripts", "smb", "samba", "-p445 -sC {target}", True),
    scan(
        "smb2-protocols",
        "smb",
        "samba",
        "-p445 --script smb-protocols,smb2-time,smb2-capabilities,smb2-security-mode {target}",
    ),
    scan("smb-version", "smb", "samba samba_legacy", "-p445 -sV {target} {legacy}"),
    scan(
        "smb1-unusual-port",
        "smb",
        "samba_legacy samba forward",
        "-p4459 --script +smb-os-discovery,+smb-enum-shares --script-args smbport=4459 {target}",
    ),
    scan(
        "smb2-unusual-port",
        "smb",
        "samba_legacy samba forward",
        "-p4455 --script +smb2-time,+smb2-capabilities --script-args smbport=4455 {target}",
    ),
    scan("dns-default-scripts", "dns", "bind", "-sU -p53 -sC {target}", True),
    scan("dns-version", "dns", "bind", "-sU -sS -p53 -sV {target}", True),
    scan("dns-recursion", "dns", "bind", "-sU -p53 --script dns-recursion {target}"),
    scan(
        "dns-unusual-port", "dns", "bind", "-sU -p5353 --script +dns-recursion,+dns-nsid {target}"
    ),
    scan(
        "dns-zone",
        "dns",
        "bind",
        "-p53 --script dns-zone-transfer,dns-nsid"
        " --script-args dns-zone-transfer.domain=example.test {target}",
    ),
    scan("dns-ipv6", "dns", "bind", "-6 -sU -p53 --script dns-recursion,dns-nsid {target6}"),
    scan("smtp-default-scripts", "smtp", "postfix", "-p25 -sC {target}", True),
    scan(
        "smtp-relay-and-users",
        "smtp",
        "postfix",
        "-p25 --script smtp-open-relay,smtp-enum-users {target}",
    ),
    scan(
        "smtp-unusual-port",
        "smtp",
        "postfix",
        "-p2525 -sV --script smtp-commands,smtp-ntlm-info {target}",
    ),
    scan("ftp-default-scripts", "ftp", "vsftpd", "-p21 -sC {target}", True),
    scan("ftp-anonymous", "ftp", "vsftpd", "-p21 --script ftp-anon,ftp-syst,ftp-bounce {target}"),
    scan("ftp-unusual-port", "ftp", "vsftpd", "-p2121 -sV --script ftp-anon,ftp-syst {target}"),
    scan(
        "ftp-brute",
        "ftp",
        "vsftpd",
        f"-p21 --script ftp-brute --script-args {FEW} {SHORT} {{target}}",
    ),
    scan("rdp-version", "rdp", "xrdp", "-p3389 -sV {target}", True),
    scan(
        "rdp-scripts",
        "rdp",
        "xrdp",
        "-p3389 --script rdp-ntlm-info,rdp-enum-encryption {target}",
        True,
    ),
    scan("rdp-unusual-port", "rdp", "xrdp", "-p3390 --script +rdp-ntlm-info {target}"),
    scan("sip-tcp-version", "sip", "kamailio", "-p5060 -sV {target}", True),
    scan("sip-udp-version", "sip", "kamailio", "-sU -p5060 -sV {target}", True),
    scan("sip-methods", "sip", "kamailio", "-sU -sS -p5060 --script sip-methods {target}"),
    scan("sip-unusual-port", "sip", "kamailio", "-sU -sS -p5070 --script +sip-methods {target}"),
    scan("sip-ipv6", "sip", "kamailio", "-6 -sU -p5060 -sV {target6}"),
)
