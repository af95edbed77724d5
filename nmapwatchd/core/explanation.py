"""
Explain the sightings of a scan: the options that the tool was run with.

A rule lists its causes: the options and scripts of which any one sends what it matches. The
explanation is of all sightings together. An option is proven if some sighting has no other cause,
or if each smaller command than the one with it leaves a sighting unexplained; and it is refuted if
what it always sends was not sighted. -sC causes whatever a script of nmap's category "default"
causes, and -sV whatever one of the category "version" does.

The time is bounded by the number of rules sighted, at most the catalogue, times the number of
different sets of causes: below 10 ms for the whole shipped catalogue, below 1 ms for a scan.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nmapwatchd.core.nse import is_default, is_intrusive, is_of, is_version
from nmapwatchd.core.observation import Values
from nmapwatchd.core.rule import RuleInfo

# How the tool's scripts are named among the options; its file patterns are taken too.
_SCRIPT = "--script "
# The cause of what any script that speaks a protocol sends; it names none.
_ANY_SCRIPT = "*"

_SYN, _UDP, _VERSION, _DEFAULT, _OS = "-sS", "-sU", "-sV", "-sC", "-O"
# What a raw SYN to any port, or a datagram to any but that of discovery, is of.
_PROBES_OF_SYN = frozenset((_SYN, "-PS"))
_PING_OF_UDP = frozenset(("-PU", "-sO"))
_PROBES_OF_UDP = frozenset((_UDP, "-PU", "--ttl"))
# What finds hosts before a scan; without any, of these options, a host that is not on the link is
# sent two ICMP requests, a SYN and an ACK.
_DISCOVERY = frozenset(("-PE", "-PP", "-PM", "-PS", "-PA", "-PU", "-PY", "-PO"))
_DEFAULT_DISCOVERY = frozenset(("-PE", "-PP"))
_OTHER_PINGS = frozenset(("-PE", "-PP", "-PM", "-PA"))
_PINGS_OF_PORTS = frozenset(("-PA", "-PU", "-PY"))

# A script's request, and the service probe that a web server answers, which -sV sends before.
_HTTP, _HTTP_PROBE = "http.nse-user-agent", "payload.get-request"

# What the scripts of -sC always send to an open port: the question for a TLS service if it is not
# known, TLS itself if it is; nothing if -sV has found another. And to its host, since 7.93, the
# search for SQL servers.
_TLS_ROWS = ("payload.tls-session-req", "tls.")
_TLS_QUESTION_ROWS = ("payload.tls-session-req", "tls.session-request", "tls.hello-as-datagram")
_SQL, _SQL_PORT = "payload.sql-browser", 1433
# Scripts more that -sC must account for if neither was sighted, since nothing but their number
# tells it then.
_UNSIGNED = 2
# The probes that -sV may send as the only ones, since the server answers, and scripts send too.
_SHARED_PROBES = (
    "payload.get-request",
    "payload.memcache",
    "payload.sql-ping",
    "payload.terminal-server",
    "payload.tls-session-req",
    "tls.session-request",
)
# Rows of TCP services that greet their clients, and of those that do not.
_GREETING = ("ftp.", "mail.", "smtp.", "ssh.")
_SILENT = ("database.", "http.", "mongodb.", "rdp.", "script.", "smb.", "smb2.", "tds.", "tns.")
# A server of these is always sent all of the second, too, by -sC: http-git, http-robots.txt and
# http-svn-info; sshv1; rdp-ntlm-info; ssl-date after ssl-cert.
_SENT_TOGETHER = (
    (_HTTP, ("http.git-head", "http.robots-favicon", "http.propfind")),
    ("ssh.hostkey-ssh2", ("ssh.sshv1",)),
    ("rdp.cookie-nmap", ("rdp.ntlm-info",)),
    ("tls.socket-ciphers", ("tls.nse-ciphers-1-2",)),
)
# The ports to which something is sent without -sV, of nmap-service-probes and nmap-payloads: UDP
# probes that -sU sends to their own ports only, by rule.
_OWN_PORTS = {
    "payload.afs-version-request": frozenset((1719, 7001)),
    "payload.citrix": frozenset((1604,)),
    "payload.dns-sd": frozenset((53, 5353)),
    "payload.help-udp": frozenset((7, 13, 37, 42)),
    "payload.kerberos-udp": frozenset((88,)),
    "payload.ldap-search-req-udp": frozenset((389,)),
    "payload.nbt-stat": frozenset((137,)),
    "payload.netmotion-mobility": frozenset((5008,)),
    "payload.ntp-request": frozenset((123, 5353, 9100)),
    "payload.sip-options-udp": frozenset((5060,)),
    "payload.snmp-v1-public": frozenset((161, 260, 3401)),
    "payload.sybase-anywhere": frozenset((2638,)),
    "payload.xdmcp": frozenset((177,)),
}
# And scripts, by the matcher of their rules, of services that greet their clients.
_SERVICE_PORTS = {
    "ftp": frozenset((21, 990)),
    "smtp": frozenset((25, 465, 587)),
    "ssh": frozenset((22, 830, 2222, 2382, 22222, 55554)),
}
# The two requests for TLS, in the order of scripts.
_TLS_QUESTIONS = ("tls.session-request-shape", "tls.ssl-session-request-shape")
# Of what a script sends another row is sighted, too; if it is not, the first is a service probe.
_WITH_SCRIPT = {
    "payload.terminal-server": "rdp.ms12-020",
    # Service probes ask for TLS by these in the reverse order, and end at an answer.
    _TLS_QUESTIONS[1]: _TLS_QUESTIONS[0],
}
# Where scripts do not ask for TLS, but use it, and ports of a host that scripts use themselves.
_TLS_PORTS = frozenset(
    (
        *(261, 271, 324, 443, 465, 563, 585, 636, 853, 989, 990, 992, 993, 994, 995, 2221, 2252),
        *(2376, 3269, 3389, 4433, 4911, 5061, 5986, 6679, 6697, 8443, 8883, 9001),
    )
)
_HOST_PORTS = frozenset((0, 137, 1434))
# Until 7.93 -sU sent other bytes to some ports than -sV; the second is sent by -sU since 7.94 only.
_UNTIL_7_93 = {
    "payload.dns-version-bind-payload": "payload.dns-version-bind-req",
    "payload.dtls-session-req-payload": "payload.dtls-session-req",
    "payload.quic-payload": "payload.quic",
    "payload.snmp-public-walk-payload": "payload.snmp-v1-public",
}

# Scripts in a command that a person would have typed.
_MAXIMUM_SCRIPTS = 3


class Activity(StrEnum):
    """What a scan does, as its severity depends on it; the later, the more severe."""

    DISCOVERY = "discovery"  # hosts and ports
    OS_DETECTION = "os-detection"
    SERVICES = "services"  # versions, and scripts that are not intrusive
    INTRUSIVE = "intrusive"  # brute force, exploits, denial of service


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    What accounts for the sightings of a scan.

    Args:
        options: the options and scripts that the sightings prove, as the tool takes them.
        possible: those that may have been among them, but are not proven.
        command: the shortest command that has the proven options, such as `nmap -A`; empty if
            there is none.
        activity: the most severe activity that is proven.
    """

    options: Values
    possible: Values = ()
    command: str = ""
    activity: Activity = Activity.DISCOVERY


@dataclass(frozen=True, slots=True)
class Extent:
    """
    How far a scan went, as far as it tells apart what sends the same.

    Args:
        counts: the number of sightings of a rule, by its id.
        ports: the destination ports; 0 for none is among them.
        hosts: the number of targets.
        has_all_ports: whether there are no further ports.
    """

    counts: Mapping[str, int]
    ports: Collection[int] = ()
    hosts: int = 1
    has_all_ports: bool = True


@dataclass(frozen=True, slots=True)
class _Causes:
    """The causes of one sighted rule: plain options, and scripts or families of them."""

    rule: str
    options: frozenset[str]
    scripts: Values

    @classmethod
    def of(cls, rule: RuleInfo) -> "_Causes":
        scripts = tuple(o.removeprefix(_SCRIPT) for o in rule.options if o.startswith(_SCRIPT))
        options = frozenset(o for o in rule.options if not o.startswith(_SCRIPT))
        return cls(rule.id, options, scripts)

    def are_of(self, options: Collection[str]) -> bool:
        """Return whether any of some plain options is a cause."""
        return not self.options.isdisjoint(options) or bool(
            (_VERSION in options and any(map(is_version, self.scripts)))
            or (_DEFAULT in options and any(map(is_default, self.scripts)))
        )


def explain(rules: Mapping[str, RuleInfo], extent: Extent) -> Explanation:
    """
    Explain the sightings of a scan.

    Args:
        rules: the rules sighted, by id.
        extent: how far the scan went. The activity becomes more severe by a further rule only.
    """
    sighted = [_Causes.of(rule) for rule in rules.values()]
    proven = {next(iter(c.options)) for c in sighted if not c.scripts and len(c.options) == 1}
    if _is_udp_scan(sighted, extent):
        proven.add(_UDP)
    scripted = [causes for causes in sighted if causes.scripts and not causes.are_of(proven)]
    if _is_version_scan(rules, (causes.rule for causes in scripted), extent):
        proven.add(_VERSION)
    categories, scripts, uncertain = _services(rules, extent, scripted, proven)
    proven |= categories
    discovery = _default_discovery(sighted)
    proven -= discovery
    if _is_syn_scan(sighted, extent, bool(scripted) or not proven.isdisjoint((_VERSION, _OS))):
        proven.add(_SYN)
    explained = proven | discovery
    left = [c for c in sighted if not c.are_of(explained) and not _is_of_any(c.scripts, scripts)]
    possible = {option for causes in left for option in causes.options}
    possible |= {_SCRIPT + script for c in left for script in c.scripts if script != _ANY_SCRIPT}
    possible |= uncertain
    options = (*sorted(proven, key=_place), *(_SCRIPT + script for script in sorted(scripts)))
    is_clear = not left and all(rule.tool == "nmap" for rule in rules.values())
    return Explanation(
        options,
        tuple(sorted(possible.difference(options), key=_place)),
        _command(proven, sorted(scripts)) if is_clear else "",
        _activity(
            proven, [c for c in scripted if not c.are_of(proven | uncertain)], bool(scripted)
        ),
    )


def _services(
    rules: Mapping[str, RuleInfo],
    extent: Extent,
    scripted: Sequence[_Causes],
    proven: set[str],
) -> tuple[set[str], set[str], set[str]]:
    """
    Return what the smallest explanations of the scripts' sightings agree on.

    Args:
        rules: the rules sighted, by id.
        extent: how far the scan went.
        scripted: those that a script may have caused.
        proven: the options that are proven anyway.

    Returns:
        Of -sV and -sC those that all have; the scripts that all have; and those of -sV and -sC
        that some have.
    """
    found: dict[int, list[tuple[set[str], set[str]]]] = {}
    for chosen in ((), (_VERSION,), (_DEFAULT,), (_VERSION, _DEFAULT)):
        base = {*proven, *chosen}
        if proven.isdisjoint(chosen) and _is_consistent(rules, extent, chosen, _VERSION in proven):
            scripts, size = _smallest(c for c in scripted if not c.are_of(base))
            found.setdefault(size + _cost(rules, chosen), []).append((set(chosen), scripts))
    smallest = found[min(found)]
    if _SQL in rules and _SQL_PORT not in extent.ports:
        # Scripts of SQL servers alone are run against their port.
        smallest = [one for one in smallest if _DEFAULT in one[0]] or smallest
    agreed = set.intersection(*(chosen for chosen, _ in smallest))
    some = set.union(*(chosen for chosen, _ in smallest))
    return agreed, set.intersection(*(scripts for _, scripts in smallest)), some - agreed


def _smallest(unexplained: Iterable[_Causes]) -> tuple[set[str], int]:
    """Return the scripts that all smallest explanations have, and the size of one of these."""
    families = {frozenset(causes.scripts) - {_ANY_SCRIPT} for causes in unexplained}
    scripts = {script for family in families if len(family) == 1 for script in family}
    left = {family for family in families if family and not _is_of_any(family, scripts)}
    size = len(_without_families(scripts))
    covered = _covered(left)
    while left:
        most = max(map(len, covered.values()))
        best = [script for script, found in covered.items() if len(found) == most]
        if (len(best) == 1 and most > 1) or (family := _family(best, covered)):
            scripts.add(best[0] if len(best) == 1 else family)
        gone = set(covered[best[0]])
        left -= gone
        for found in covered.values():
            found.difference_update(gone)
        size += 1
    return _without_families(scripts), size


def _without_families(scripts: set[str]) -> set[str]:
    """Return some scripts without the families that another one of them is of."""
    families = {script for script in scripts if "*" in script}
    return scripts - {f for f in families if any(is_of(s, f) for s in scripts if s != f)}


def _covered(families: Collection[frozenset[str]]) -> dict[str, set[frozenset[str]]]:
    """Return which of some sets of alternatives each script or family covers, by name."""
    covered: dict[str, set[frozenset[str]]] = {}
    for family in families:
        for script in family:
            covered.setdefault(script, set()).add(family)
    for pattern in [script for script in covered if "*" in script]:
        for script, found in covered.items():
            if script != pattern and is_of(script, pattern):
                found |= {family for family in families if pattern in family}
    return dict(sorted(covered.items()))


def _family(scripts: Sequence[str], listed: Iterable[str]) -> str:
    """
    Return the family of all of some scripts, or ''.

    Args:
        scripts: the scripts, at least one.
        listed: what rules list; a family is one of these, or has the common beginning `ssh-`.
    """
    for family in listed:
        if "*" in family and all(is_of(script, family) for script in scripts):
            return family
    prefix, hyphen, _ = scripts[0].partition("-")
    is_common = all(script.startswith(prefix + hyphen) for script in scripts)
    return f"{prefix}-*" if hyphen and is_common else ""


def _is_of_any(family: Collection[str], scripts: Collection[str]) -> bool:
    """Return whether any of some scripts is one of several alternatives, or of a family there."""
    return any(
        script in scripts or ("*" in script and any(is_of(other, script) for other in scripts))
        for script in family
    )


def _is_version_scan(
    rules: Mapping[str, RuleInfo], scripted: Iterable[str], extent: Extent
) -> bool:
    """
    Return whether something was sighted that only -sV sends there.

    Args:
        rules: the rules sighted, by id.
        scripted: those that a script caused.
        extent: how far the scan went.
    """
    if any(probe in rules and row not in rules for probe, row in _WITH_SCRIPT.items()):
        return True
    if any(old in rules and new in rules for old, new in _UNTIL_7_93.items()):
        return True
    if not extent.has_all_ports:
        return False
    ports = set(extent.ports) - _HOST_PORTS
    services = {rule.partition(".")[0] for rule in scripted}
    is_asked = any(question in rules for question in _TLS_QUESTIONS)
    return (
        (is_asked and bool(ports) and ports <= _TLS_PORTS)
        or any(p in rules and own.isdisjoint(extent.ports) for p, own in _OWN_PORTS.items())
        or any(s in services and own.isdisjoint(ports) for s, own in _SERVICE_PORTS.items())
    )


def _is_consistent(
    rules: Mapping[str, RuleInfo], extent: Extent, chosen: Collection[str], has_version: bool
) -> bool:
    """
    Return whether what -sV and -sC always send was sighted.

    Args:
        rules: the rules sighted, by id.
        extent: how far the scan went.
        chosen: those of the two that are supposed to have run.
        has_version: whether -sV is proven.
    """
    if _DEFAULT not in chosen:
        return _VERSION not in chosen or _is_probed(rules)
    for trigger, companions in _SENT_TOGETHER:
        is_probe = has_version and trigger in rules and _VERSION in rules[trigger].options
        if trigger in rules and not is_probe and not all(rule in rules for rule in companions):
            return False
    if has_version:
        return True
    is_asked = any(rule.startswith(_TLS_QUESTION_ROWS) for rule in rules)
    uses_tls = any(rule.startswith(_TLS_ROWS) for rule in rules)
    has_tcp = any(rule.startswith((*_GREETING, *_SILENT)) for rule in rules)
    if _VERSION in chosen:
        return _is_probed(rules) or (
            not is_asked and (_SQL in rules or uses_tls) and _speaks_first(rules)
        )
    is_tls = not extent.has_all_ports or set(extent.ports) - _HOST_PORTS <= _TLS_PORTS
    return is_asked or (uses_tls and is_tls) or (_SQL in rules and not uses_tls and not has_tcp)


def _cost(rules: Mapping[str, RuleInfo], chosen: Collection[str]) -> int:
    """Return how many scripts the supposed ones of -sV and -sC have to replace."""
    is_sign = _SQL in rules or any(rule.startswith(_TLS_ROWS) for rule in rules)
    return len(chosen) + (_UNSIGNED if _DEFAULT in chosen and not is_sign else 0)


def _is_probed(rules: Mapping[str, RuleInfo]) -> bool:
    """Return whether a service probe was sighted that scripts may have sent, too."""
    return any(rule.startswith(_SHARED_PROBES) for rule in rules) and (
        _HTTP not in rules or _HTTP_PROBE in rules
    )


def _speaks_first(rules: Mapping[str, RuleInfo]) -> bool:
    """Return whether all servers greet their clients, so that -sV need not send a probe."""
    return any(rule.startswith((*_GREETING, *_TLS_ROWS)) for rule in rules) and not any(
        rule.startswith(_SILENT) for rule in rules
    )


def _default_discovery(sighted: Iterable[_Causes]) -> frozenset[str]:
    """Return the options that discovery without any of them accounts for."""
    options = {option for causes in sighted for option in causes.options}
    return _DISCOVERY if options >= _DEFAULT_DISCOVERY else frozenset()


def _is_udp_scan(sighted: Sequence[_Causes], extent: Extent) -> bool:
    """Return whether ports were sent datagrams, which discovery sends to one port only."""
    discovery = sum(extent.counts[c.rule] for c in sighted if c.options == _PING_OF_UDP)
    return any(
        extent.counts[c.rule] > discovery
        for c in sighted
        if not c.scripts and _UDP in c.options and c.options <= _PROBES_OF_UDP
    )


def _is_syn_scan(sighted: Iterable[_Causes], extent: Extent, has_results: bool) -> bool:
    """
    Return whether ports were scanned by raw SYNs, which discovery sends as well.

    Args:
        sighted: the causes of the rules sighted.
        extent: how far the scan went.
        has_results: whether something followed that needs a scan of ports.
    """
    # Each packet may be sighted by several of them.
    syns = max((extent.counts[c.rule] for c in sighted if c.options == _PROBES_OF_SYN), default=0)
    options = {option for causes in sighted for option in causes.options}
    discovered = len(options & _OTHER_PINGS)
    if not syns:
        return False
    # Discovery by default sends one to each host.
    if has_results and (not discovered or syns > extent.hosts):
        return True
    ports = sum(1 for port in extent.ports if port)
    return ports - len(options & _PINGS_OF_PORTS) > 1 and syns > extent.hosts


def _command(proven: Collection[str], scripts: Sequence[str]) -> str:
    """Return what a person would have typed for the options; empty if that is not clear."""
    typed = set(proven)
    if {_OS, _VERSION, _DEFAULT} <= typed:
        typed = typed - {_OS, _VERSION, _DEFAULT} | {"-A"}
    if (len(typed) > 1 or scripts) and _UDP not in typed:
        typed.discard(_SYN)  # the default
    if len(scripts) > _MAXIMUM_SCRIPTS or not (typed or scripts):
        return ""
    words = ["nmap", *sorted(typed, key=_place)]
    if scripts:
        words += [_SCRIPT + ",".join(scripts)]
    return " ".join(words)


def _place(option: str) -> tuple[int, str]:
    """Return the place of an option in a command: scans, then what follows them."""
    order = (_SYN, _UDP, "", _OS, _VERSION, _DEFAULT, "-A")
    return order.index(option if option in order else ""), option


def _activity(
    proven: Collection[str], by_scripts: Iterable[_Causes], has_scripts: bool
) -> Activity:
    """Return the most severe activity; `by_scripts` is what no whole category accounts for."""
    if any(all(map(is_intrusive, causes.scripts)) for causes in by_scripts):
        return Activity.INTRUSIVE
    if has_scripts or _VERSION in proven:
        return Activity.SERVICES
    return Activity.OS_DETECTION if _OS in proven else Activity.DISCOVERY
