"""Messages that the reference of fields takes its examples from."""

from dataclasses import replace

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, FloodSummary, Rule, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.explanation import Activity, Explanation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.severity import level
from nmapwatchd.core.units import SECOND
from nmapwatchd.formats.sensor import Sensor

EXAMPLE_SENSOR = Sensor("sensor1", "0.1.0")

# 2026-11-22T11:49:19.426Z
_AT = 1_795_348_159_426_000_000

_SYN = Rule(
    "tcp.raw-syn",
    "Raw SYN scan: window 1024, MSS 1460 as the only option, TTL from 33 to 59",
    "scan_engine_raw.cc, libnetutil/netutil.cc",
    Confidence.EXCLUSIVE,
    1,
)
_USER_AGENT = Rule(
    "http.nse-user-agent",
    "Nmap Scripting Engine default User-Agent",
    "nselib/http.lua",
    Confidence.EXCLUSIVE,
    12,
)

OPENED = Alert(
    action=Action.SCAN_OPENED,
    scan_id="7c9e6679f7425d40a5c1e2b0d7a94b1f",
    identity="source=10.0.0.5",
    sequence=1,
    at=_AT,
    start=_AT,
    end=_AT,
    source="10.0.0.5",
    macs=("52:54:00:ab:34:56",),
    vlans=("12",),
    interfaces=("eth0",),
    targets=("10.0.0.8",),
    targets_omitted=0,
    ports=(80,),
    ports_omitted=0,
    transports=("tcp",),
    source_ports=(40_112,),
    source_ports_omitted=0,
    rules=(_SYN,),
    evidence=(EvidenceItem(_SYN.id, "flags", "2"),),
    explanation=Explanation((), ("-sS", "-PS")),
    level=level(Activity.DISCOVERY, ("spoofable",), targets=1, packets=1, expected=""),
    tool="nmap",
    techniques=("T1046",),
    confidence=Confidence.EXCLUSIVE,
    sightings=1,
    packets=1,
    on_link=True,
    caveats=("spoofable",),
)
CLOSED = replace(
    OPENED,
    action=Action.SCAN_CLOSED,
    sequence=3,
    at=_AT + 48 * SECOND,
    end=_AT + 18 * SECOND,
    targets=("10.0.0.8", "10.0.0.9"),
    ports=(80, 443, 22),
    source_ports=(40_112, 51_340),
    rules=(replace(_SYN, count=191), _USER_AGENT),
    evidence=(
        EvidenceItem(
            _USER_AGENT.id,
            "user_agent",
            "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
        ),
        EvidenceItem(_SYN.id, "flags", "2"),
    ),
    explanation=Explanation(
        ("-sS", "-sV", "-sC"), ("--script http-enum",), "nmap -sV -sC", Activity.SERVICES
    ),
    level=level(Activity.SERVICES, (), targets=2, packets=203, expected=""),
    sightings=203,
    packets=203,
    is_raised=False,
    caveats=(),
    closed_by="idle",
)
# An authorised scan in a tunnel, with a decoy: the fields that the others have no value of.
EXPECTED = replace(
    CLOSED,
    action=Action.SCAN_EXPECTED,
    level=level(Activity.SERVICES, (), targets=2, packets=203, expected="weekly audit"),
    expected="weekly audit",
    decoys=("10.0.0.6",),
    outer=("192.0.2.1>192.0.2.9",),
)
OUTSIDE = replace(
    OPENED,
    near_authorisation=EXPECTED.expected,
    not_covered_because="outside of its hours Sun 02:00-05:00 Europe/Berlin",
)
FLOOD = FloodSummary(
    action=Action.SCAN_FLOOD,
    flood_id="1b4e28ba2fa15d2883fbd3d2a7c8e5f0",
    sequence=2,
    at=_AT + 60 * SECOND,
    start=_AT,
    end=_AT + 59 * SECOND,
    sources=1234,
    listed=("198.51.100.7", "198.51.100.9"),
    macs=("52:54:00:ab:34:56",),
    macs_omitted=0,
    vlans=("12",),
    interfaces=("eth0",),
    targets=("10.0.0.8",),
    targets_omitted=0,
    ports=(80, 443),
    ports_omitted=0,
    rules=(replace(_SYN, count=1234),),
    tool="nmap",
    caveats=("spoofable",),
)
HEARTBEAT = SensorEvent(
    Action.SENSOR_HEARTBEAT,
    _AT,
    "4711 frames, 0 dropped, 2 open scans",
    ("eth0",),
    Counters(frames=4711, candidates=203, sightings=203, alerts=3).counts(),
)
