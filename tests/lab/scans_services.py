"""Scans of further services, with nmap's default probes and scripts of each."""

from __future__ import annotations

from tests.lab.scans_families import FEW, SHORT, scan

BRUTE = f"--script-args {FEW} {SHORT} {{target}}"

SERVICES = (
    scan("kerberos-version", "kerberos", "kdc", "-p88 -sV {target}"),
    scan(
        "kerberos-users",
        "kerberos",
        "kdc",
        "-p88 --script krb5-enum-users --script-args"
        f" krb5-enum-users.realm=EXAMPLE.TEST,{FEW} {SHORT} {{target}}",
    ),
    scan("ldap-version", "ldap", "slapd", "-p389 -sV --script ldap-rootdse {target}"),
    scan("ldap-brute", "ldap", "slapd", f"-p389 --script ldap-brute {BRUTE}"),
    scan("snmp-version", "snmp", "snmpd", "-sU -p161 -sV -sC {target}"),
    scan("redis-version", "databases", "redis", "-p6379 -sV -sC {target}"),
    scan("mysql-brute", "databases", "mariadb", f"-p3306 -sC --script mysql-brute {BRUTE}"),
    scan("pgsql-brute", "databases", "postgresql", f"-p5432 --script pgsql-brute {BRUTE}"),
    scan("mqtt-version", "mqtt", "mosquitto", "-p1883 -sV {target}", True),
    scan(
        "mqtt-unusual-port",
        "mqtt",
        "mosquitto",
        "-p1884 --script +mqtt-subscribe --script-args mqtt-subscribe.listen-time=1s {target}",
    ),
    scan("rpc-version", "rpc", "rpcbind", "-sS -sU -p111 -sV -sC {target}"),
    scan("imap-pop3-default-scripts", "mail", "dovecot", "-p110,143 -sC {target}"),
    scan("imap-brute", "mail", "dovecot", f"-p143 --script imap-brute {BRUTE}"),
    scan(
        "memcached-info", "databases", "memcached", "-p11211 -sV --script memcached-info {target}"
    ),
    scan("ntp-info", "ntp", "ntpd", "-sU -p123 -sC {target}"),
    scan("cups-version", "http", "cups", "-p631 -sV --script cups-info {target}"),
)
