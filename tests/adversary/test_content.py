"""A host that forwards what a third party wrote is not named as a scanner without a caveat."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from nmapwatchd.core.observation import Observation
from nmapwatchd.formats.ecs import format_ecs
from nmapwatchd.formats.format import Format
from nmapwatchd.formats.rfc3164 import format_local
from nmapwatchd.formats.rfc5424 import format_rfc5424
from nmapwatchd.formats.summary import format_summary
from tests.adversary.shipped import alerts_of, sent
from tests.formats.messages import SENSOR

FIREFOX = (
    b"Host: 10.0.0.8\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    b"Accept: text/html,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n"
    b"Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
)
REQUESTS = (
    b"Host: a\r\nUser-Agent: python-requests/2.32\r\nAccept-Encoding: gzip\r\nAccept: */*\r\n"
)
GO = b"Host: a\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n"
JAVA = b"User-Agent: Java/21.0.2\r\nHost: a\r\nAccept: */*; q=.2\r\nConnection: keep-alive\r\n"
CURL = b"Host: a\r\nUser-Agent: curl/8.9.1\r\nAccept: */*\r\n"
CLIENTS = [FIREFOX, REQUESTS, GO, JAVA, CURL]

# What a page, a link or a form can make a visitor's browser request.
TARGETS = [
    b"/nice%20ports%2C/Tri%6Eity.txt%2ebak",
    b"/nmaplowercheck1795354016",
    b"/NmapUpperCheck1795355472",
    b"/Nmap/folder/check1795355472",
    b"/search?q=%27+OR+sqlspider",
    b"/search?q='%20OR%20sqlspider",
    b"/search?q=ghz%3Ehzx",
    b"/blocked.html?category=hacking&url=http://scanme.nmap.org/",
    b"/go?to=http%3A%2F%2Fscanme.nmap.org%2F",
    b"/mail?to=@scanme.nmap.org",
    b"/?p4yl04d=../../../etc/passwd",
    b"/?parameter=%3Chellot%3Ehello",
    b"/asofKlj",
    b"/HNAP1",
    b"/evox/about",
    b"/~1*/*.aspx?aspxerrorpath=/",
    b"/wiki?title=Nmap+Scripting+Engine",
]
# Words of nmap, and whole messages of it.
WORDS = [
    b"name=%27+OR+sqlspider",
    b"comment=ghz%3Ehzx",
    b"<?php system('echo NmapCVEIdentification');die(); ?>",
    b"login=nmap-ssl-test-probe&password=nmap-ssl-test-probe",
    b"SSTPCORRELATIONID: {5a433238-8781-11e3-b2e4-4e6d617021}",
    b'<device-id device-type="MacBookAir4,1" platform-version="10.9.2">',
    b"Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    b"EHLO nmap.scanme.org\r\nis what smtp-commands says\r\n",
]
MESSAGES = [
    b"GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: Nmap Scripting Engine\r\n\r\n",
    b"OPTIONS / RTSP/1.0\r\n\r\n",
    b"\x03\0\0\x2a\x25\xe0\0\0\0\0\0Cookie: mstshash=nmap\r\n\1\0\x08\0\3\0\0\0",
    b"\0\x0c\0\0\x10\0\0\0\0\0\0\0\0\0",
    b'<?xml version="1.0" ?><methodCall><methodName>nmap.probe</methodName></methodCall>\n\0',
    b"EHLO nmap.scanme.org\r\n",
    b"SSH-2.0-Nmap-SSH2-Hostkey\r\n",
    b"gkrellm 0.0.0",
    b"NXSH-5.6.7\n",
    b"USER nmap +iw nmap :Nmap Wuz Here\nNICK abcdefghi\n",
    b"SCAN /trinity/loves/nmap",
]


@pytest.mark.parametrize("headers", CLIENTS)
@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_a_page_chose_names_no_visitor(target: bytes, headers: bytes) -> None:
    """An image, a link or a search with nmap's words does not name the browser that follows it."""
    request = b"GET %b HTTP/1.1\r\n%b\r\n" % (target, headers)

    assert alerts_of([sent(request, 80)]) == []


@pytest.mark.parametrize("headers", CLIENTS)
@pytest.mark.parametrize("words", WORDS)
def test_a_body_that_quotes_nmap_names_no_author(words: bytes, headers: bytes) -> None:
    """A wiki edit, a form or an upload that quotes nmap does not name who saves it."""
    for kind in (b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x",
                 b"application/json"):  # fmt: skip
        head = b"POST /edit HTTP/1.1\r\n%bContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        assert alerts_of([sent(head % (headers, kind, len(words)) + words, 80)]) == []


@pytest.mark.parametrize(
    "header",
    [
        b"Cookie: C107373883=/nmap_test",
        b"Cookie: agent=Nmap Scripting Engine",
        b"Referer: http://evil.example/nice%20ports%2C/Tri%6Eity.txt%2ebak",
        b"Referer: http://evil.example/nmaplowercheck1",
    ],
)
def test_a_header_that_a_page_chose_names_no_visitor(header: bytes) -> None:
    """A cookie or a Referer with nmap's words does not name the browser that sends it."""
    assert alerts_of([sent(b"GET / HTTP/1.1\r\n%b%b\r\n\r\n" % (FIREFOX, header), 80)]) == []


def stored(message: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the segments with which clients send a message as somebody's content, with the port."""
    yield 25, [b"EHLO relay.example.org\r\n", b"DATA\r\n", message]
    yield 587, [b"DATA\r\n", message]
    yield 6379, [b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % len(message), message]
    yield 11211, [b"set k 0 0 %d\r\n" % len(message), message]
    yield 9200, [b"POST /a/_doc HTTP/1.1\r\nHost: a\r\n\r\n", message]
    for headers in CLIENTS:
        yield 80, [b"POST /upload HTTP/1.1\r\n%b\r\n" % headers, message]
    yield 514, [message]
    yield 5044, [message]
    yield 9100, [b"\x1b%-12345X@PJL JOB\r\n", message]
    yield 445, [message]
    yield 1883, [message]


@pytest.mark.parametrize("message", MESSAGES)
def test_content_in_a_segment_of_its_own_carries_the_caveat(message: bytes) -> None:
    """Mail, a stored value, an upload or a log line that is nmap's bytes says it may be relayed."""
    for port, segments in stored(message):
        times = itertools.count()
        for alert in alerts_of([sent(data, port, next(times)) for data in segments]):
            assert "relayable" in alert.caveats, (port, message)


def alerting() -> Observation:
    return sent(
        b"GET /nmaplowercheck1795354016?p4yl04d=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        b"User-Agent: Mozilla/5.0 (compatible; Nmap Scripting Engine; "
        b"https://nmap.org/book/nse.html)\r\n\r\n",
        80,
    )


@pytest.mark.parametrize("words", [*WORDS, *MESSAGES])
@pytest.mark.parametrize("form", [format_ecs, format_local, format_rfc5424, format_summary])
def test_our_own_alert_does_not_alert_again(form: Format, words: bytes) -> None:
    """An alert that quotes its evidence does not name the host that ships it to a collector."""
    opened, _closed = alerts_of([alerting()])
    quoting = tuple(replace(one, value=words.decode("latin-1")) for one in opened.evidence)
    line = form(replace(opened, evidence=quoting), SENSOR)
    bulk = (
        b"POST /logs/_bulk HTTP/1.1\r\nHost: es:9200\r\nUser-Agent: Elastic-filebeat/8.17\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(line)
    )

    for port, segments in ((9200, [bulk + line]), (9200, [bulk, line]), (514, [line]),
                           (601, [b"%d %b" % (len(line), line)]), (5044, [line]),
                           (24224, [line]), (12201, [line + b"\0"])):  # fmt: skip
        assert alerts_of([sent(data, port, at) for at, data in enumerate(segments)]) == [], port


def test_nmaps_own_request_head_is_no_content() -> None:
    """A request in nmap's own envelope names the scanner, without a caveat."""
    alert, _closed = alerts_of([alerting()])

    assert (alert.source, alert.caveats) == ("10.0.0.5", ())


def test_a_message_that_is_no_content_lifts_the_caveat() -> None:
    """What no third party writes, such as an SSH client's version, lifts the caveat."""
    messages = [sent(MESSAGES[0], 6379), sent(b"SSH-2.0-Nmap-SSH2-Hostkey\r\n", 22, 1)]

    *_, last = alerts_of(messages)
    assert last.caveats == ()
