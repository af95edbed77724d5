"""Maps fields of the matchers to fields of tshark, and lists where the two may differ and why."""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from nmapwatchd.core.observation import Transport, Values

# Makes the values of some of tshark's fields comparable, one argument a field; None if tshark's
# values do not answer what the matcher's field asks in this packet.
Normalise = Callable[..., Values | None]


@dataclass(frozen=True, slots=True)
class Packet:
    """
    A payload as captured, with what tshark decodes in it.

    Args:
        capture: the name of the capture.
        frame: the frame's number in it, from 1.
        transport: TCP or UDP.
        payload: the transport's payload.
        decoded: tshark's values, by the name of tshark's field.
        incomplete: whether tshark reports that the message ends outside the packet.
        port: the port to which the payload was sent once more; 0 for the packet as captured.
    """

    capture: str
    frame: int
    transport: Transport
    payload: bytes
    decoded: Mapping[str, Values] = field(default_factory=dict)
    incomplete: bool = False
    port: int = 0


@dataclass(frozen=True, slots=True)
class Counterpart:
    """
    The fields of tshark that correspond to a field of a matcher.

    Args:
        tshark: their names.
        decoded: makes their values comparable.
        read: makes the matcher's values comparable.
    """

    tshark: tuple[str, ...]
    decoded: Normalise
    read: Callable[[Values], Values]


@dataclass(frozen=True, slots=True)
class Protocol:
    """
    What tshark decodes of the messages that a matcher reads.

    Args:
        ports: the ports on which tshark dissects the protocol.
        messages: fields of tshark of which at least one exists if tshark decoded a message.
        fields: the counterparts, by the name of the matcher's field.
        single: whether only packets with one message are compared: tshark does not show to which
            message of a packet a value belongs.
    """

    ports: tuple[int, ...]
    messages: tuple[str, ...]
    fields: Mapping[str, Counterpart]
    single: bool = False


@dataclass(frozen=True, slots=True)
class Exemption:
    """
    A class of differences that is accepted.

    Args:
        fields: the fields that it concerns, each as matcher.field.
        reason: why the two differ.
        applies: whether a difference is one of the class: packet, own values, tshark's values.
    """

    fields: tuple[str, ...]
    reason: str
    applies: Callable[[Packet, Values, Values], bool]


# How tshark writes text.

_CONTROL = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
# tshark 4.0 escapes neither BEL nor VT in most text.
_ESCAPES = {code: text for code, text in _CONTROL.items() if code not in (7, 11)}
_LINE_END = "\\r\\n"


def _ascii(values: Values) -> Values:
    """Replace what is not ASCII: tshark replaces such bytes, a run of them by one character."""
    return tuple(re.sub(r"[^\0-\x7f]+", "\ufffd", value) for value in values)


def _shown(values: Values) -> Values:
    """Return text as tshark writes it: up to a NUL, with escapes."""
    return _ascii(tuple(value.partition("\0")[0].translate(_ESCAPES) for value in values))


def _shown_name(values: Values) -> Values:
    """Return a domain name as tshark writes it, with all control characters escaped."""

    def escaped(found: re.Match[str]) -> str:
        code = ord(found[0])
        return _CONTROL.get(code, f"\\{code:03o}")

    return _ascii(tuple(re.sub(r"[\0-\x1f\x7f]", escaped, value) for value in values))


def _unchanged(values: Values) -> Values:
    return values


def _text(name: str) -> Counterpart:
    """Return the counterpart of a text of which a matcher reads the first."""
    return Counterpart((name,), lambda values: _ascii(values[:1]), _shown)


def _texts(name: str) -> Counterpart:
    """Return the counterpart of all texts of a field."""
    return Counterpart((name,), _ascii, _shown)


def _number(name: str) -> Counterpart:
    return Counterpart((name,), _numbers, _unchanged)


def _numbers(values: Values) -> Values:
    return tuple(str(int(value, 0)) for value in values[:1])


def _octets(name: str) -> Counterpart:
    """Return the counterpart of bytes that tshark writes in hexadecimal digits."""
    return Counterpart(
        (name,),
        lambda values: tuple(
            bytes.fromhex(value.replace(":", "")).decode("latin-1") for value in values[:1]
        ),
        _unchanged,
    )


def _packed(name: str, form: str = ">H") -> Counterpart:
    """Return the counterpart of numbers that a matcher keeps as bytes of a struct's form."""

    def packed(values: Values) -> Values:
        octets = b"".join(struct.pack(form, int(value, 0)) for value in values)
        return (octets.decode("latin-1"),)

    return Counterpart((name,), packed, _unchanged)


# HTTP, SIP and RTSP.


def _names(lines: Values) -> Values:
    names = [line.partition(":")[0].strip().lower() for line in lines if ":" in line]
    return _ascii((",".join(names),))


def _name_set(lines: Values) -> Values:
    return tuple(",".join(sorted(names.split(","))) for names in _names(lines))


def _names_of_block(blocks: Values) -> Values:
    head = "".join(blocks[:1]).partition(_LINE_END * 2)[0]
    return _names(tuple(head.split(_LINE_END)))


def _origin(lines: Values) -> Values:
    headers = (line.removesuffix(_LINE_END).partition(":") for line in lines)
    return _ascii(tuple(v.strip() for name, _, v in headers if name.strip().lower() == "origin"))


def _version_of(lines: Values) -> Values:
    return tuple(line.removesuffix(_LINE_END).rpartition(" ")[2] for line in lines[:1])


_HEADER_LINES = "http.request.line"
_HTTP = {
    "method": _text("http.request.method"),
    "uri": _text("http.request.uri"),
    "protocol": _text("http.request.version"),
    "user_agent": _texts("http.user_agent"),
    "host": _texts("http.host"),
    "cookie": _texts("http.cookie"),
    "authorization": _texts("http.authorization"),
    "content_type": _texts("http.content_type"),
    "connection": _texts("http.connection"),
    "origin": Counterpart((_HEADER_LINES,), _origin, _shown),
    "referer": _texts("http.referer"),
    "headers": Counterpart((_HEADER_LINES,), _names, _shown),
    "header_set": Counterpart((_HEADER_LINES,), _name_set, _shown),
    "body": _text("http.file_data"),
}
_RTSP = {
    "method": _text("rtsp.method"),
    "uri": _text("rtsp.url"),
    "protocol": Counterpart(("rtsp.request",), _version_of, _shown),
}
_SIP = {
    "method": _text("sip.Method"),
    "uri": _text("sip.r-uri"),
    "from": _texts("sip.From"),
    "to": _texts("sip.To"),
    "contact": _texts("sip.Contact"),
    "via": _texts("sip.Via"),
    "call_id": _texts("sip.Call-ID"),
    "cseq": _texts("sip.CSeq"),
    "user_agent": _texts("sip.User-Agent"),
    "headers": Counterpart(("sip.msg_hdr",), _names_of_block, _shown),
}


# Protocols of lines.


def _first_line(pop: Values, imap: Values) -> Values:
    return _ascii(tuple(line.removesuffix(_LINE_END) for line in (*pop, *imap)[:1]))


def _after(command: str) -> Counterpart:
    """Return the counterpart of what follows an IRC command on its line."""

    def arguments(lines: Values) -> Values:
        words = (line.partition(" ") for line in lines)
        return _ascii(tuple(rest for name, _, rest in words if name == command))

    return Counterpart(("irc.request",), arguments, _shown)


# DNS and NetBIOS.


def _dns_name(names: Values) -> Values:
    return _ascii(tuple("" if name == "<Root>" else name for name in names[:1]))


def _dns_class(classes: Values, unicast: Values) -> Values:
    """Return the class with its highest bit, which is a flag of multicast DNS."""
    flag = 0x8000 if unicast[:1] in (("1",), ("True",)) else 0
    return tuple(str(int(number, 0) | flag) for number in classes[:1])


def _netbios_name(names: Values) -> Values:
    """Return a name without its suffix, of which tshark writes each odd byte as <xx>."""
    whole = (
        re.sub(r"<([0-9a-f]{2})>", lambda found: chr(int(found[1], 16)), name.partition(" (")[0])
        for name in names[:1]
    )
    return tuple(name.ljust(16)[:15].rstrip(" \0") for name in whole)


def _netbios_suffix(names: Values) -> Values:
    found = (re.search(r"<([0-9a-f]{2})>(?: \(|$)", name) for name in names[:1])
    return tuple(str(int(suffix[1], 16)) for suffix in found if suffix)


# SMB.

_TREE_CONNECT, _CREATE, _WRITE = 0x75, 0xA2, 0x2F


def _if_command(commands: Values, required: int, values: Values) -> Values:
    return values[:1] if commands and int(commands[0], 0) == required else ()


def _path(commands: Values, paths: Values, files: Values) -> Values:
    """Return what is opened; tshark shows a path in messages of other commands, too."""
    return _ascii(
        (*_if_command(commands, _TREE_CONNECT, paths), *_if_command(commands, _CREATE, files))
    )


def _call_id(commands: Values, numbers: Values) -> Values:
    return _numbers(_if_command(commands, _WRITE, numbers))


def _dialects(names: Values) -> Values:
    return ("".join(f"\2{name}\0" for name in names),)


def _guid(values: Values) -> Values:
    return tuple(UUID(value).bytes_le.decode("latin-1") for value in values[:1])


# TLS.

_RECORD_VERSION = "tls.record.version"
_SUITES, _SESSION_SIZE = "tls.handshake.ciphersuite", "tls.handshake.session_id_length"
_SSL_2 = 0x0002


def _unless_ssl2(name: str) -> Counterpart:
    """Return the counterpart of a number that a hello of SSL 2 does not have where TLS has it."""

    def number(versions: Values, values: Values) -> Values | None:
        return None if versions and int(versions[0], 0) == _SSL_2 else _numbers(values)

    return Counterpart((_RECORD_VERSION, name), number, _unchanged)


def _third_suites(suites: Values, sizes: Values) -> Values | None:
    if sizes[:1] != ("32",) or len(suites) < 4:
        return None
    return (str(int(suites[2], 0) << 16 | int(suites[3], 0)),)


def _protocols(names: Values) -> Values:
    return ("".join(chr(len(name)) + name for name in names),)


def _ssl2_suites(suites: Values) -> Values:
    return (".".join(sorted(f"{int(suite, 0):06x}" for suite in suites)),)


_TLS = {
    "record_version": _unless_ssl2(_RECORD_VERSION),
    "version": _unless_ssl2("tls.handshake.version"),
    "random": _octets("tls.handshake.random"),
    "session_id_size": _unless_ssl2(_SESSION_SIZE),
    "third_suites": Counterpart((_SUITES, _SESSION_SIZE), _third_suites, _unchanged),
    "ciphers": _packed(_SUITES),
    "cipher_count": Counterpart(
        ("tls.handshake.cipher_suites_length",),
        lambda values: tuple(str(int(value) // 2) for value in values[:1]),
        _unchanged,
    ),
    "extensions": Counterpart(
        ("tls.handshake.extension.type",), lambda types: ("-".join(types),), _unchanged
    ),
    "groups": _packed("tls.handshake.extensions_supported_group"),
    "alpn": Counterpart(("tls.handshake.extensions_alpn_str",), _protocols, _unchanged),
    "versions": _packed("tls.handshake.extensions.supported_version"),
    "ssl2_suites": Counterpart(("tls.handshake.cipherspec",), _ssl2_suites, _unchanged),
}


# DHCP, Kerberos, RDP, RPC, SNMP, SSH.


def _options(types: Values) -> Values:
    """Return the options up to a padding or the end."""
    return ("-".join(takewhile(lambda kind: kind not in ("0", "255"), types)),)


def _till(times: Values) -> Values:
    """Return times as Kerberos writes them."""
    found = []
    for time in times:
        try:  # tshark 4.0: `Nov 23, 2026 13:51:55.000000000 UTC`
            parsed = datetime.strptime(f"{time.partition('.')[0]}Z", "%b %d, %Y %H:%M:%S%z")
            found.append(f"{parsed:%Y%m%d%H%M%S}Z")
        except ValueError:  # ISO 8601, or no time
            found.append(re.sub(r"\D", "", time)[:14] + "Z")
    return tuple(found)


def _cookie(lines: Values) -> Values:
    return _ascii(tuple(line.removeprefix("Cookie: ") for line in lines[:1]))


def _digits(numbers: Values) -> Values:
    return tuple(str(len(number)) for number in _numbers(numbers))


def _is_short(numbers: Values) -> Values:
    return tuple(str(int(0 <= int(number) < 65_000)) for number in numbers[:1])


def _encoded(names: Values) -> Values:
    """Return object identifiers as BER writes them (X.690 section 8.19)."""
    found = []
    for name in names:
        first, second, *rest = map(int, name.split("."))
        octets = bytearray()
        for number in (first * 40 + second, *rest):
            septets = [number & 0x7F]
            while number > 0x7F:
                number >>= 7  # noqa: PLW2901
                septets.append(number & 0x7F | 0x80)
            octets += bytes(reversed(septets))
        found.append(octets.decode("latin-1"))
    return tuple(found)


def _hassh(client: Values, server: Values) -> Values | None:
    """Return a client's hash; of a server tshark hashes the lists of the other direction."""
    return None if server else client


PROTOCOLS: Mapping[str, Protocol] = {
    "dhcp": Protocol(
        (67,),
        ("dhcp.type",),
        {
            "flags": _number("dhcp.flags"),
            "mac": _octets("dhcp.hw.mac_addr"),
            "message_type": _number("dhcp.option.dhcp"),
            "options": Counterpart(("dhcp.option.type",), _options, _unchanged),
            "requested": _packed("dhcp.option.request_list_item", ">B"),
        },
    ),
    "dns": Protocol(
        (53,),
        ("dns.qry.name",),
        {
            "id": _number("dns.id"),
            "flags": _number("dns.flags"),
            "name": Counterpart(("dns.qry.name",), _dns_name, _shown_name),
            "type": _number("dns.qry.type"),
            "class": Counterpart(("dns.qry.class", "dns.qry.qu"), _dns_class, _unchanged),
            "additional": _number("dns.count.add_rr"),
        },
    ),
    "ftp": Protocol(
        (21,),
        ("ftp.request.command",),
        {"command": _text("ftp.request.command"), "argument": _text("ftp.request.arg")},
    ),
    "http": Protocol((80,), ("http.request.method",), _HTTP, single=True),
    "ike": Protocol(
        (500,),
        ("isakmp.exchangetype",),
        {
            "mode": _number("isakmp.exchangetype"),
            "transforms": _number("isakmp.prop.transforms"),
        },
    ),
    "irc": Protocol((6667,), ("irc.request",), {"nick": _after("NICK"), "user": _after("USER")}),
    "kerberos": Protocol(
        (88,),
        ("kerberos.msg_type",),
        {
            "realm": _text("kerberos.realm"),
            "client": _texts("kerberos.CNameString"),
            "till": Counterpart(("kerberos.till",), _till, _unchanged),
            "options": _octets("kerberos.kdc_options"),
            "nonce": _packed("kerberos.nonce", ">I"),
        },
    ),
    "mail": Protocol(
        (110, 143),
        ("pop.request", "imap.line"),
        {"line": Counterpart(("pop.request", "imap.line"), _first_line, _shown)},
    ),
    "mongodb": Protocol(
        (27017,),
        ("mongo.opcode",),
        {
            "request_id": _number("mongo.request_id"),
            "response_to": _number("mongo.response_to"),
        },
    ),
    "netbios": Protocol(
        (137, 139),
        ("nbns.id", "nbss.called_name"),
        {
            "id": _number("nbns.id"),
            "flags": _number("nbns.flags"),
            "type": _number("nbns.type"),
            "name": Counterpart(("nbns.name",), _netbios_name, _unchanged),
            "called": Counterpart(("nbss.called_name",), _netbios_name, _unchanged),
            "calling": Counterpart(("nbss.calling_name",), _netbios_name, _unchanged),
            "calling_suffix": Counterpart(("nbss.calling_name",), _netbios_suffix, _unchanged),
        },
    ),
    "ntlm": Protocol(
        (23, 25, 445),
        ("ntlmssp.messagetype",),
        {
            "type": _number("ntlmssp.messagetype"),
            "flags": _number("ntlmssp.negotiateflags"),
            "workstation": _text("ntlmssp.auth.hostname"),
        },
    ),
    "rdp": Protocol(
        (3389,),
        ("rdp.neg_type", "rdp.rt_cookie", "rdp.client.build"),
        {
            "cookie": Counterpart(("rdp.rt_cookie",), _cookie, _shown),
            "requested_protocols": _number("rdp.negReq.requestedProtocols"),
            "client_name": _text("rdp.client.name"),
            "client_build": _number("rdp.client.build"),
        },
    ),
    "rpc": Protocol(
        (111,),
        ("rpc.xid",),
        {
            "xid": _number("rpc.xid"),
            "kind": _number("rpc.msgtyp"),
            "program": _number("rpc.program"),
            "version": _number("rpc.programversion"),
            "version_digits": Counterpart(("rpc.programversion",), _digits, _unchanged),
            "procedure": _number("rpc.procedure"),
            "credentials": _number("rpc.auth.flavor"),
        },
    ),
    "rtsp": Protocol((554,), ("rtsp.method",), _RTSP, single=True),
    "sip": Protocol((5060,), ("sip.Method",), _SIP, single=True),
    "smb": Protocol(
        (445,),
        ("smb.cmd",),
        {
            "command": _number("smb.cmd"),
            "flags2": _number("smb.flags2"),
            "pid": _number("smb.pid"),
            "mid": _number("smb.mid"),
            "dialects": Counterpart(("smb.dialect.name",), _dialects, _unchanged),
            "native_os": _text("smb.native_os"),
            "native_lanman": _text("smb.native_lanman"),
            "capabilities": _number("smb.server_cap"),
            "path": Counterpart(("smb.cmd", "smb.path", "smb.file"), _path, _shown),
            "call_id": Counterpart(("smb.cmd", "dcerpc.cn_call_id"), _call_id, _unchanged),
        },
    ),
    "smb2": Protocol(
        (445,),
        ("smb2.cmd",),
        {
            "credits": _number("smb2.credits.requested"),
            "signature": _octets("smb2.signature"),
            "client_guid": Counterpart(("smb2.client_guid",), _guid, _unchanged),
            "dialects": _packed("smb2.dialect", "<H"),
        },
    ),
    "smtp": Protocol(
        (25,),
        ("smtp.req.command",),
        {"command": _text("smtp.req.command"), "argument": _text("smtp.req.parameter")},
    ),
    "snmp": Protocol(
        (161,),
        ("snmp.community",),
        {
            "community": _text("snmp.community"),
            "request": _number("snmp.data"),
            "short_id": Counterpart(("snmp.request_id",), _is_short, _unchanged),
            "object": Counterpart(("snmp.name",), _encoded, _unchanged),
        },
    ),
    "ssh": Protocol(
        (22,),
        ("ssh.protocol", "ssh.kex_algorithms"),
        {
            "version": _text("ssh.protocol"),
            "kex": _text("ssh.kex_algorithms"),
            "host_keys": _text("ssh.server_host_key_algorithms"),
            "ciphers": _text("ssh.encryption_algorithms_client_to_server"),
            "macs": _text("ssh.mac_algorithms_client_to_server"),
            "compression": _text("ssh.compression_algorithms_client_to_server"),
            "hassh": Counterpart(("ssh.kex.hassh", "ssh.kex.hasshserver"), _hassh, _unchanged),
        },
    ),
    "tds": Protocol(
        (1433,),
        ("tds.type",),
        {
            "client": _text("tds.7login.clientname"),
            "application": _text("tds.7login.appname"),
            "library": _text("tds.7login.libraryname"),
        },
    ),
    "tls": Protocol((443,), ("tls.handshake.type",), _TLS),
    "tns": Protocol((1521,), ("tns.type",), {"connect_data": _text("tns.connect_data")}),
}

# What a matcher reads and tshark 4.0 does not decode, with the reason.
UNDECODED: Mapping[str, str] = {
    "dns.trailer": "the bytes after the question; tshark decodes the records in them one by one",
    "http.bytes_4_8": "bytes at a fixed offset; the method and the URI of which they are part are "
    "compared",
    "http.foreign_headers": "some of the names in http.headers, which are compared",
    "payload.bytes_8_12": "bytes at a fixed offset, of no protocol",
    "rtsp.cseq": "tshark has no field for the header",
    "rtsp.headers": "tshark has a field for a few headers only, and none for the whole head",
    "rtsp.user_agent": "tshark has no field for the header",
    "smb.rpc": "the bytes of a message of which tshark decodes each field; its call id is compared",
    "tls.ssl2_challenge": "tshark's field has no value",
    "udp.filler": "a byte that the whole payload repeats, of no protocol",
}


def _has_unknown_label(packet: Packet) -> bool:
    """Return whether the queried name has a label that is neither text nor the root."""
    message = packet.payload[2:] if packet.transport is Transport.TCP else packet.payload
    at = 12
    while at < len(message) and 0 < message[at] < 64:
        at += 1 + message[at]
    return at < len(message) and message[at] >= 64


def _is_unicode(packet: Packet) -> bool:
    """Return whether an SMB 1 message has its text in UTF-16: the highest bit of flags2."""
    return bool(packet.payload[15] & 0x80)


EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption(
        ("dns.class", "dns.name", "dns.type"),
        "A name with a pointer or an unknown label: the matcher reads nothing of the question, "
        "since no client sends one; tshark continues at its best guess.",
        lambda packet, read, _: not read and _has_unknown_label(packet),
    ),
    Exemption(
        ("http.body",),
        "Without Content-Length a request has no body: tshark shows what follows the head as data, "
        "the matcher as the body, since nmap's probes end with one empty line more.",
        lambda packet, _, decoded: not decoded and b"content-length" not in packet.payload.lower(),
    ),
    Exemption(
        ("http.body",),
        "No empty line ends the head, as in NATS's CONNECT: the matcher reads no body; tshark ends "
        "the head at the first line that is not a header.",
        lambda packet, read, _: not read and b"\r\n\r\n" not in packet.payload,
    ),
    Exemption(
        ("sip.headers",),
        "tshark ends a text at a NUL, and the head is one text to it.",
        lambda packet, _, __: b"\0" in packet.payload,
    ),
    Exemption(
        ("sip.call_id", "sip.contact", "sip.to"),
        "A line feed alone ends a line for tshark, but not for the matcher (RFC 3261 section 7.1): "
        "nmap ends each line with CR LF.",
        lambda packet, _, __: re.search(rb"[^\r]\n", packet.payload) is not None,
    ),
    Exemption(
        ("smb.native_lanman", "smb.native_os", "smb.path"),
        "The matcher reads text of clients that write ASCII, as nmap's library does.",
        lambda packet, read, _: not read and _is_unicode(packet),
    ),
)
