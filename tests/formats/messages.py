"""Messages for tests: plain ones, and hostile ones."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from nmapwatchd.core.alert import Action, Alert, EvidenceItem, FloodSummary, Rule, SensorEvent
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.explanation import Activity, Explanation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.severity import Level
from nmapwatchd.formats.sensor import Sensor

SENSOR = Sensor("sensor1", "1.2.3", 4711)
# 2026-11-22T11:49:19.426Z
AT = 1_795_348_159_426_000_000
SECOND = 1_000_000_000

OPENED = Alert(
    action=Action.SCAN_OPENED,
    scan_id="0123456789abcdef0123456789abcdef",
    identity="source=10.0.0.5",
    sequence=1,
    at=AT,
    start=AT,
    end=AT,
    source="10.0.0.5",
    macs=("52:54:00:ab:34:56",),
    vlans=("12",),
    interfaces=("eth0",),
    targets=("10.0.0.8",),
    targets_omitted=0,
    ports=(80,),
    ports_omitted=0,
    transports=("tcp",),
    source_ports=(40_000,),
    source_ports_omitted=0,
    rules=(
        Rule(
            "http.nse-user-agent",
            "Nmap Scripting Engine default User-Agent",
            "nselib/http.lua",
            Confidence.EXCLUSIVE,
            1,
        ),
    ),
    evidence=(
        EvidenceItem(
            "http.nse-user-agent",
            "user_agent",
            "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
        ),
    ),
    explanation=Explanation(("-sC", "-sV"), activity=Activity.SERVICES),
    level=Level.SERVICES,
    tool="nmap",
    techniques=("T1046",),
    confidence=Confidence.EXCLUSIVE,
    sightings=1,
    packets=1,
    on_link=True,
)
CLOSED = replace(
    OPENED,
    action=Action.SCAN_CLOSED,
    end=AT + 41 * SECOND,
    targets=("10.0.0.8", "10.0.0.9", "10.0.0.10"),
    ports=(80, 443),
    rules=(
        *OPENED.rules,
        Rule("tls.probe", "A probe", "nmap-service-probes", Confidence.WEAK, 127),
    ),
    sightings=128,
    packets=120,
    sequence=3,
    is_raised=False,
    closed_by="idle",
)
FLOOD = FloodSummary(
    action=Action.SCAN_FLOOD,
    flood_id="fedcba9876543210fedcba9876543210",
    sequence=2,
    at=AT + 9 * SECOND,
    start=AT,
    end=AT + 9 * SECOND,
    sources=1234,
    listed=("198.51.100.7", "198.51.100.9", "198.51.100.200"),
    macs=("52:54:00:ab:34:56",),
    macs_omitted=0,
    vlans=("12",),
    interfaces=("eth0",),
    targets=("10.0.0.8",),
    targets_omitted=0,
    ports=(80, 443),
    ports_omitted=0,
    rules=(Rule("tcp.raw-syn", "Raw SYN scan", "scan_engine_raw.cc", Confidence.EXCLUSIVE, 1234),),
    tool="nmap",
    caveats=("spoofable",),
)
BLIND = SensorEvent(
    Action.SENSOR_BLIND, AT, "tshark died, signal 9", ("eth0",), Counters(frames=12).counts()
)
# What OPENED has no value of: IPv6, decoys, a tunnel, an authorisation, no MAC address, no VLAN.
TUNNELLED = replace(
    OPENED,
    action=Action.SCAN_EXPECTED,
    source="2001:db8::5",
    targets=("2001:db8::8",),
    macs=(),
    vlans=(),
    ports=(0,),
    transports=("icmpv6", "ip"),
    source_ports=(),
    rules=(Rule("icmp.site-probe", "A probe", "none", Confidence.STRONG, 1),),
    evidence=(),
    techniques=(),
    explanation=Explanation((), ("-PE",), "nmap -PE"),
    on_link=False,
    expected="audit",
    caveats=("spoofable", "tunnelled"),
    decoys=("2001:db8::6", "2001:db8::7"),
    decoys_omitted=2,
    outer=("192.0.2.1>192.0.2.9", "192.0.2.2>192.0.2.9"),
)
# A scan that an authorisation does not cover.
OUTSIDE = replace(
    OPENED,
    near_authorisation="audit",
    not_covered_because="target 10.0.0.8 is not among its targets",
)

# Everything that ends lines, fields, brackets and quotations, or that controls a terminal.
NASTY = (
    '\n\r\x00\x1b[31m\x07\x7f\x85\x9b\u2028\u2029\u202e\u2066\u200f\ufeff\ud800\udcff"]\\=,[<>{} \t'
)
_SHORT = st.text(NASTY, max_size=8) | st.text(max_size=8)
texts = _SHORT | _SHORT.map(lambda text: text * 90)
octets = st.binary(max_size=20).map(lambda value: value.decode("latin-1"))
_ANY = texts | octets
_FEW = st.lists(_ANY, max_size=3).map(tuple)
_LIST = _FEW | _FEW.map(lambda values: values * 15)
_ADDRESS = _ANY | st.ip_addresses().map(str)
_ADDRESSES = _LIST | st.lists(st.ip_addresses().map(str), max_size=3).map(tuple)
_TIME = st.integers(min_value=-(2**64), max_value=2**70)
_COUNT = st.integers(min_value=0, max_value=10**9)
_RULES = st.lists(
    st.builds(Rule, _ANY, _ANY, _ANY, st.sampled_from(Confidence), _COUNT), min_size=1, max_size=2
)
_QUOTES = st.lists(st.builds(EvidenceItem, _ANY, _ANY, _ANY), max_size=2)

alerts = st.builds(
    Alert,
    action=st.sampled_from([a for a in Action if a.startswith("scan-") and a != "scan-flood"]),
    scan_id=_ANY,
    identity=_ANY,
    sequence=_COUNT,
    at=_TIME,
    start=_TIME,
    end=_TIME,
    source=_ADDRESS,
    macs=_LIST,
    vlans=_LIST,
    interfaces=_LIST,
    targets=_ADDRESSES,
    targets_omitted=_COUNT,
    ports=st.lists(st.integers(0, 65535), max_size=40).map(tuple),
    ports_omitted=_COUNT,
    transports=_LIST,
    source_ports=st.lists(st.integers(0, 65535), max_size=40).map(tuple),
    source_ports_omitted=_COUNT,
    rules=_RULES.map(tuple),
    evidence=_QUOTES.map(tuple),
    explanation=st.builds(
        Explanation, options=_LIST, possible=_LIST, command=_ANY, activity=st.sampled_from(Activity)
    ),
    level=st.sampled_from(Level),
    is_raised=st.booleans(),
    is_unchanged=st.booleans(),
    on_link=st.booleans(),
    tool=_ANY,
    techniques=_LIST,
    confidence=st.sampled_from(Confidence),
    sightings=_COUNT,
    packets=_COUNT,
    expected=_ANY,
    near_authorisation=_ANY,
    not_covered_because=_ANY,
    closed_by=_ANY,
    caveats=_LIST,
    decoys=_ADDRESSES,
    outer=_LIST,
    decoys_omitted=_COUNT,
    targets_truncated=st.booleans(),
)
floods = st.builds(
    FloodSummary,
    action=st.just(Action.SCAN_FLOOD),
    flood_id=_ANY,
    sequence=_COUNT,
    at=_TIME,
    start=_TIME,
    end=_TIME,
    sources=_COUNT,
    listed=_ADDRESSES,
    macs=_LIST,
    macs_omitted=_COUNT,
    vlans=_LIST,
    interfaces=_LIST,
    targets=_ADDRESSES,
    targets_omitted=_COUNT,
    ports=st.lists(st.integers(0, 65535), max_size=40).map(tuple),
    ports_omitted=_COUNT,
    rules=_RULES.map(tuple),
    tool=_ANY,
    caveats=_LIST,
    closed_by=_ANY,
)
events = st.builds(
    SensorEvent,
    action=st.sampled_from([a for a in Action if a.startswith("sensor-")]),
    at=_TIME,
    detail=_ANY,
    interfaces=_LIST,
    counts=st.dictionaries(st.sampled_from(list(Counters().counts())), _COUNT),
)
messages = alerts | floods | events


def filled(text: str) -> Alert:
    """Return an alert in which every text is this one."""
    rules = (Rule(text, text, text, Confidence.EXCLUSIVE, 1),)
    changes: dict[str, Any] = {
        field.name: text for field in fields(Alert) if field.type in {str, "str"}
    }
    lists: dict[str, Any] = dict.fromkeys(("macs", "vlans", "interfaces", "targets"), (text, text))
    return replace(
        OPENED,
        explanation=Explanation((text, text), (text, text), text),
        rules=rules,
        evidence=(EvidenceItem(text, text, text),),
        **changes,
        **lists,
    )
