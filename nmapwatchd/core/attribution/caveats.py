"""Caveats: reasons why the source of a scan may not be the scanner."""

import re
from enum import StrEnum

from nmapwatchd.core.observation import Observation, Transport

# The request line and headers of HTTP that a proxy forwarded: RFC 9110, 7.6.3 (Via), RFC 7239
# (Forwarded), and the headers before it. SIP has a Via of its own, which every client sends.
_FORWARDED = re.compile(
    rb"[A-Z]+ [^\r\n]* HTTP/1\.[01]\r?\n(?:[^\r\n]+\r?\n)*?"
    rb"(?:Via|Forwarded|X-Forwarded-For|X-Real-IP)[ \t]*:",
    re.IGNORECASE,
)

# A request line of HTTP, RTSP, SIP or ICAP.
_REQUEST_LINE = re.compile(rb"[A-Z_]+ [^\r\n]* (?:HTTP|RTSP|SIP|ICAP)/[0-9.]+\r?\n")
# Headers that web browsers and HTTP libraries add to every request, in lower case. nmap's library
# adds none of them, nor does a proxy.
FOREIGN_HEADERS = (
    "accept", "accept-charset", "accept-encoding", "accept-language", "dnt", "priority",
    "sec-ch-ua", "sec-fetch-mode", "te", "upgrade-insecure-requests",
)  # fmt: skip
_FOREIGN_HEADER = re.compile(rf"\n(?:{'|'.join(FOREIGN_HEADERS)})[ \t]*:".encode(), re.IGNORECASE)
# Ports to which clients send the content of third parties, often in segments of its own, so that a
# segment can begin with any bytes: mail (SMTP, LMTP, NNTP, IMAP with APPEND), printing (LPD, IPP,
# JetDirect), files (SMB, NFS, rsync), logs (syslog, Beats, GELF, Fluentd, Splunk), databases and
# stores (SQL Server, MySQL, PostgreSQL, Redis, Memcached, Cassandra, MongoDB, Elasticsearch,
# CouchDB, InfluxDB, etcd), message brokers (MQTT, AMQP, STOMP, NATS, Kafka, ZooKeeper).
_CONTENT_PORTS = frozenset({
    24, 25, 119, 143, 433, 465, 587, 2525, 139, 445, 515, 631, 873, 2049, 9100,
    514, 601, 1514, 5044, 5140, 5170, 6514, 8088, 10514, 12201, 24224,
    1433, 3306, 5432, 6379, 11211, 9042, 27017, 9200, 5984, 8086, 2379,
    1883, 5672, 61613, 4222, 9092, 2181,
})  # fmt: skip
# Ports to which clients send no content of third parties in clear. Web browsers refuse to connect
# to most of them (the "bad ports" of the Fetch standard), and their protocols transport short
# commands, input or only what is encrypted: FTP's control connection, SSH, Telnet, DNS, finger,
# Kerberos, POP3, portmapper, BGP, LDAP, rexec, rlogin, AFP, HTTP and mail over TLS, H.323, PPTP,
# RDP, SIP, VNC, X11, IRC.
_COMMAND_PORTS = frozenset({
    21, 22, 23, 53, 79, 88, 110, 111, 135, 179, 389, 443, 512, 513, 548, 636, 853, 990, 993, 995,
    1720, 1723, 2121, 3389, 5060, 5061, 5900, 6000, 6665, 6666, 6667, 6668, 6669, 6697, 8443,
})  # fmt: skip


class Caveat(StrEnum):
    """Part of the alert contract, never renamed."""

    SPOOFABLE = "spoofable"  # no packet needed a reply, so the source address may be anyone's
    PROXIED = "proxied"  # a request was forwarded, so the source may be a proxy
    SHARED_PROBES = "shared_probes"  # tools that include nmap's probes send all that was sighted
    TUNNELLED = "tunnelled"  # all was in a tunnel, whose sender may have invented it
    RELAYABLE = "relayable"  # the bytes may be content of a third party: an upload, a stored value
    INCOMPLETE = "incomplete"  # frames of the source were shed, so all totals are at least these


# Below this port servers listen; from it on clients are given theirs, by Linux from 32768, and by
# nmap for its raw packets from 33000.
FIRST_CLIENT_PORT = 32_768


def implies_handshake(seen: Observation) -> bool:
    """
    Return whether sending this implies a TCP handshake, hence replies to the source.

    What goes from a server's port to a client's is what a scanner forges in the name of its target;
    as nmap's it would be a scan of a high port from a low one.
    """
    to_client = seen.source_port < FIRST_CLIENT_PORT <= seen.destination_port
    return seen.transport is Transport.TCP and bool(seen.payload) and not to_client


def is_proxied(seen: Observation) -> bool:
    """Return whether this is an HTTP request that a proxy forwarded."""
    return seen.transport is Transport.TCP and _FORWARDED.match(seen.payload) is not None


def is_relayable(seen: Observation) -> bool:
    """
    Return whether a third party may have written these bytes, which the source merely forwards.

    A segment says nothing of its position in the conversation, so that content at the start of a
    segment looks like a client's first message. What cannot be such content: whatever is not data
    over TCP; what is sent to ports for commands; a request head without headers of web browsers and
    HTTP libraries, unless to a port for content.
    """
    if not implies_handshake(seen) or seen.destination_port in _COMMAND_PORTS:
        return False
    if seen.continues_upload or seen.destination_port in _CONTENT_PORTS:
        return True
    if not _REQUEST_LINE.match(seen.payload):
        return True
    head, _, _ = seen.payload.partition(b"\r\n\r\n")
    return has_foreign_header(head)


def has_foreign_header(head: bytes) -> bool:
    """Return whether the head of a request has a header of web browsers or HTTP libraries."""
    return _FOREIGN_HEADER.search(head) is not None
