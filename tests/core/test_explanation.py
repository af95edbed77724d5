import time
from pathlib import Path

import pytest

from nmapwatchd.core import explanation
from nmapwatchd.core.explanation import Activity, Explanation, Extent, explain
from nmapwatchd.core.rule import Confidence, RuleInfo
from nmapwatchd.signatures.loader import shipped_catalogue

SHIPPED = {signature.id: signature for signature in shipped_catalogue().signatures}

SCRIPTS = Path("/usr/share/nmap/scripts")
SYNS = ("tcp.raw-syn", "tcp.raw-syn-any-window")
# What a web server is asked by -sC on any port.
DEFAULT_HTTP = (
    "http.nse-user-agent",
    "http.git-head",
    "http.propfind",
    "http.robots-favicon",
    "http.xmlrpc",
    "payload.sql-browser",
    "payload.tls-session-req",
)


def rule(name: str, *options: str, tool: str = "nmap") -> RuleInfo:
    return RuleInfo(name, "", "", Confidence.STRONG, options, tool, ())


def of(*names: str) -> dict[str, RuleInfo]:
    """Shipped rules, by id."""
    return {
        name: RuleInfo(
            name,
            "",
            SHIPPED[name].source,
            SHIPPED[name].confidence,
            SHIPPED[name].options,
            SHIPPED[name].tool,
            (),
        )
        for name in names
    }


def explained(
    *names: str, ports: tuple[int, ...] = (80,), count: int = 1, hosts: int = 1
) -> Explanation:
    """What accounts for one or more sightings of each of some shipped rules."""
    rules = of(*names)
    return explain(rules, Extent(dict.fromkeys(rules, count), ports, hosts))


def by(*rules: RuleInfo) -> Explanation:
    """What accounts for one sighting of each of some rules."""
    return explain({r.id: r for r in rules}, Extent(dict.fromkeys((r.id for r in rules), 1)))


def test_the_only_cause_of_a_sighting_is_proven() -> None:
    assert by(rule("test.one", "-sN")).options == ("-sN",)


def test_what_a_site_writes_as_an_option_counts_as_itself() -> None:
    found = by(rule("test.one", "our own probe"), rule("test.two", "--script [x"))

    assert found.options == ("our own probe", "--script [x")


def test_one_of_several_causes_is_only_possible() -> None:
    found = by(rule("test.one", "-sA", "-sW"))

    assert (found.options, found.possible, found.command) == ((), ("-sA", "-sW"), "")


def test_a_script_that_accounts_for_more_is_proven() -> None:
    found = by(
        rule("test.one", "--script x-brute", "--script y"),
        rule("test.two", "--script x-brute", "--script z"),
    )

    assert found.options == ("--script x-brute",)


def test_a_proven_script_accounts_for_its_family() -> None:
    found = by(rule("test.one", "--script http-enum"), rule("test.two", "--script http-*"))

    assert found.options == ("--script http-enum",)


def test_a_family_is_not_named_beside_a_script_of_it() -> None:
    found = by(rule("test.one", "--script x-a"), rule("test.two", "--script x-b", "--script x-c"))

    assert found.options == ("--script x-a",)


def test_scripts_that_send_the_same_are_claimed_as_their_family() -> None:
    found = explained(*SYNS, "ssh.libssh2", ports=(22,))

    assert found.options == ("-sS", "--script ssh-*")


def test_one_syn_is_a_scan_or_a_ping() -> None:
    found = explained(*SYNS)

    assert (found.options, found.possible) == ((), ("-sS", "-PS"))


def test_syns_to_several_ports_are_a_scan() -> None:
    assert explained(*SYNS, ports=(22, 80), count=2).command == "nmap -sS"


def test_the_default_discovery_of_hosts_is_no_option() -> None:
    found = explained(
        *SYNS, "tcp.raw-ack", "icmp.raw-echo", "icmp.raw-timestamp", ports=(0, 80, 443)
    )

    assert (found.options, found.activity) == ((), Activity.DISCOVERY)


def test_a_scan_behind_a_router_begins_with_discovery() -> None:
    found = explained(
        *SYNS, "tcp.raw-ack", "icmp.raw-echo", "icmp.raw-timestamp", ports=(0, 22, 80, 443), count=3
    )

    assert found.command == "nmap -sS"


def test_a_datagram_to_the_port_of_discovery_is_no_scan() -> None:
    found = explained("payload.discovery-onc-rpc", "payload.onc-rpc-call", ports=(40125,))

    assert "-sU" not in found.options


def test_service_probes_are_a_version_scan() -> None:
    found = explained(*SYNS, "payload.generic-lines")

    assert (found.command, found.activity) == ("nmap -sV", Activity.SERVICES)


def test_the_scripts_of_a_version_scan_are_not_named() -> None:
    found = explained(
        *SYNS, "payload.get-request", "http.nse-user-agent", "http.hnap-nse", "http.trane-about-nse"
    )

    assert found.options == ("-sS", "-sV")


def test_the_scripts_of_a_version_scan_are_named_if_the_web_server_was_not_probed() -> None:
    found = explained(*SYNS, "http.nse-user-agent", "http.trane-about-nse")

    assert found.options == ("-sS", "--script http-trane-info")


def test_a_udp_probe_to_another_port_than_its_own_is_of_a_version_scan() -> None:
    assert explained("payload.ntp-request", ports=(5060,)).options == ("-sU", "-sV")
    assert explained("payload.ntp-request", ports=(123,)).options == ("-sU",)


def test_ports_that_are_not_all_known_prove_nothing() -> None:
    rules = of("payload.ntp-request")

    assert explain(rules, Extent({"payload.ntp-request": 1}, (5060,), 1, False)).options == ("-sU",)


def test_scripts_of_a_service_on_another_port_need_a_version_scan() -> None:
    assert "-sV" in explained("ssh.enum-algos", ports=(2022,)).options
    assert "-sV" not in explained("ssh.enum-algos", ports=(22,)).options


def test_many_default_scripts_are_the_category() -> None:
    found = explained(*SYNS, *DEFAULT_HTTP)

    assert (found.options, found.command) == (("-sS", "-sC"), "nmap -sC")


def test_a_default_script_is_named_if_what_the_category_always_sends_is_missing() -> None:
    found = explained(*SYNS, "ssh.hostkey-ssh1", "ssh.hostkey-ssh2", ports=(22,))

    assert found.options == ("-sS", "--script ssh-hostkey")
    assert found.command == "nmap --script ssh-hostkey"


def test_a_question_for_tls_where_scripts_know_it_is_of_a_version_scan() -> None:
    asked = ("tls.session-request-shape", "payload.tls-session-req")

    assert "-sV" in explained(*SYNS, *asked, ports=(443,)).options
    assert "-sV" not in explained(*SYNS, *asked, ports=(4200,)).options


def test_a_udp_probe_beside_the_older_payload_for_its_port_is_of_a_version_scan() -> None:
    older = "payload.snmp-public-walk-payload"

    assert "-sV" in explained(older, "payload.snmp-v1-public", ports=(161,)).options


def test_without_a_sign_of_the_category_many_of_its_scripts_are_needed() -> None:
    probed = ("payload.generic-lines", "ftp.syst")

    assert explained(*probed, ports=(21,)).options == ("-sV", "--script ftp-syst")
    assert explained(
        *probed, "irc.info-user", "ssh.sshv1", "payload.ntp-info-time", ports=(21, 22)
    ).options == ("-sV", "-sC")


def test_tls_after_a_greeting_and_no_question_for_it_need_a_version_scan() -> None:
    found = explained(
        *SYNS, "ftp.syst", "tls.socket-ciphers", "tls.nse-ciphers-1-2", "payload.sql-browser",
        ports=(21, 1434),
    )  # fmt: skip

    assert found.command == "nmap -sV -sC"


def test_default_scripts_without_a_question_for_tls_need_a_version_scan() -> None:
    found = explained("ssh.hostkey-ssh2", "ssh.sshv1", "payload.sql-browser", ports=(22, 1434))

    assert found.options == ("-sV", "-sC")


def test_a_script_beyond_the_category_is_named() -> None:
    found = explained(*SYNS, *DEFAULT_HTTP, "http.waf-detect")

    assert found.command == "nmap -sC --script http-waf-detect"


def test_all_of_them_with_the_operating_system_are_what_a_person_types_as_one() -> None:
    found = explained(
        *SYNS, *DEFAULT_HTTP, "payload.get-request", "http.trane-about-nse", "tcp.os-t2"
    )

    assert found.command == "nmap -A"
    assert found.options == ("-sS", "-O", "-sV", "-sC")


def test_the_operating_system_is_more_severe_than_ports() -> None:
    assert explained("tcp.os-t2").activity is Activity.OS_DETECTION


@pytest.mark.parametrize("name", ["script.svn-client", "irc.brute-user", "http.php-cgi"])
def test_a_script_that_does_more_than_look_is_intrusive(name: str) -> None:
    assert explained(name).activity is Activity.INTRUSIVE


def test_a_script_that_may_only_look_is_not_intrusive() -> None:
    assert explained("ssh.libssh2").activity is Activity.SERVICES
    assert explained("http.lower-check").activity is Activity.SERVICES


def test_a_service_probe_that_an_intrusive_script_sends_too_is_not_intrusive() -> None:
    found = explained("payload.generic-lines", "script.nje-fake-host")

    assert found.activity is Activity.SERVICES


def test_a_command_of_nmap_is_not_given_for_another_tool() -> None:
    assert by(rule("test.one", "-sV", tool="scanner")).command == ""


def test_more_scripts_than_a_person_types_have_no_command() -> None:
    assert by(*(rule(f"test.{i}", f"--script {i}") for i in range(4))).command == ""


def test_the_order_of_sightings_does_not_matter() -> None:
    names = (*SYNS, *DEFAULT_HTTP, "smtp.greeting-scanme", "ssh.libssh2", "tls.nse-groups")

    assert explained(*names) == explained(*reversed(names))


def test_every_rule_of_the_catalogue_at_once_takes_no_long_time() -> None:
    explained(*SHIPPED)  # fills the caches
    start = time.process_time()

    found = explained(*SHIPPED, ports=tuple(range(1024)), count=2)

    assert time.process_time() - start < 0.1  # seconds; a few ms
    assert {"-sS", "-sU", "-O", "-sV", "-sC"} <= set(found.options)


def test_the_rules_that_tell_options_apart_are_in_the_catalogue() -> None:
    named = {
        *explanation._OWN_PORTS,
        *explanation._WITH_SCRIPT,
        *explanation._WITH_SCRIPT.values(),
        *explanation._UNTIL_7_93,
        *explanation._UNTIL_7_93.values(),
        *(rule for trigger, rules in explanation._SENT_TOGETHER for rule in (trigger, *rules)),
        explanation._SQL,
        explanation._HTTP_PROBE,
    }
    prefixes = (
        *explanation._TLS_ROWS,
        *explanation._SHARED_PROBES,
        *explanation._GREETING,
        *explanation._SILENT,
    )

    assert named <= set(SHIPPED)
    assert all(any(name.startswith(prefix) for name in SHIPPED) for prefix in prefixes)


# Scripts that came after the nmap which may be installed.
LATER = {"hartip-info", "mikrotik-routeros-version", "profinet-cm-lookup"}


@pytest.mark.skipif(not SCRIPTS.is_dir(), reason="nmap is not installed")
def test_a_script_that_a_shipped_rule_names_is_nmaps() -> None:
    scripts = {path.stem for path in SCRIPTS.glob("*.nse")} | LATER
    named = {
        option.removeprefix("--script ")
        for signature in SHIPPED.values()
        for option in signature.options
        if option.startswith("--script ")
    }

    assert {name for name in named if "*" not in name} <= scripts
