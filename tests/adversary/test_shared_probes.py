"""Where only probes were seen that other tools include, the alert does not claim nmap alone."""

import pytest

from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.formats.summary import summarise
from tests.adversary.shipped import alerts_of, catalogue, sent

NSE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    b"User-Agent: Mozilla/5.0 (compatible; Nmap Scripting Engine; http://nmap.org)\r\n\r\n"
)
TLS_SESSION_REQUEST = (
    b"\x16\x03\0\0\x69\x01\0\0\x65\x03\x03\x55\x1c\xa7\xe4random1random2random3random4"
    b"\0\0\x0c\0/\0\n\0\x13\x009\0\x04\0\xff\x01\0\0\x30\0\r\0,\0*\0\x01\0\x03\0\x02\x06\x01\x06"
    b"\x03\x06\x02\x02\x01\x02\x03\x02\x02\x03\x01\x03\x03\x03\x02\x04\x01\x04\x03\x04\x02\x01\x01\x01"
    b"\x03\x01\x02\x05\x01\x05\x03\x05\x02"
)


def probes() -> list[tuple[Signature, Observation]]:
    """Return whole probes of nmap's file, as the examples of the rows that compare them whole."""
    found = []
    for signature in catalogue().signatures:
        if signature.matcher != "payload" or not signature.shared or signature.correlate:
            continue
        for fields in (dict(example.fields) for example in signature.examples):
            payload = fields["payload"][0].encode("latin-1")
            if len(payload) == int(fields.get("size", (str(len(payload)),))[0]):
                port = int(fields.get("destination_port", ("9",))[0])
                transport = Transport(fields["transport"][0])
                found.append((signature, sent(payload, port, transport=transport)))
    return found


def test_an_alert_about_a_probe_alone_says_that_other_tools_include_it() -> None:
    """Any one probe that opens an alert opens it with the caveat."""
    exclusive = [pair for pair in probes() if pair[0].confidence is Confidence.EXCLUSIVE]
    assert len(exclusive) > 20

    for signature, probe in exclusive:
        alert, _closed = alerts_of([probe])
        assert "shared_probes" in alert.caveats, signature.id


def test_every_row_that_a_probe_satisfies_is_shared() -> None:
    """No row of another protocol takes the caveat away from a probe that it describes as well."""
    for _, probe in probes():
        for match in catalogue().match(probe):
            rule = match.signature.rule
            assert rule.shared or rule.confidence is Confidence.WEAK, rule.id


@pytest.mark.parametrize(
    ("observations", "is_shared"),
    [
        ([sent(TLS_SESSION_REQUEST, 443)], True),
        ([sent(TLS_SESSION_REQUEST, 25)], True),
        ([sent(TLS_SESSION_REQUEST, 443), sent(NSE, 80, 1)], False),
        ([sent(NSE, 80)], False),
    ],
)
def test_a_script_lifts_the_caveat(observations: list[Observation], is_shared: bool) -> None:
    """What only nmap's scripts send proves nmap, whatever probes came before."""
    *_, last = alerts_of(observations)

    assert ("shared_probes" in last.caveats) is is_shared
    assert ("or a tool with its probes" in summarise(last)) is is_shared
