"""Every golden gives its expected alerts; only scans with real nmap give any."""

import json
import re

import pytest

from nmapwatchd.core.alert import Action, Alert
from nmapwatchd.formats.ecs import MAXIMUM_LINE, document
from nmapwatchd.formats.sensor import Sensor
from tests.formats.ecs_schema import faults, leaves
from tests.golden import Golden, goldens, replayed, rule_ids

EDITED = goldens("edited")
SCANS = [*goldens("nmap"), *EDITED]
WITH_DECOYS = [golden for golden in SCANS if golden.decoys]
SILENT = [*goldens("clients"), *goldens("tools")]

# Scans whose packets cannot be distinguished from other software's, in any version; and scans of
# the edited nmap with too little evidence: one service, queried as its own clients do, and
# passwords that every guesser tries first.
UNDETECTABLE = {
    "nmap/connect-scan",
    "nmap/discovery-echo",
    "nmap/discovery-lan",
    "nmap/version-unprivileged",
    "edited/edited-ftp-brute-unprivileged",
    "edited/edited-memcached-info-unprivileged",
    "edited/edited-mysql-brute-unprivileged",
    "edited/edited-ssh-auth-methods-unprivileged",
    "edited/edited-ssh-brute-unprivileged",
}
# Source address of a DHCP client.
NO_ADDRESS = "0.0.0.0"  # noqa: S104
# Threshold at which clients and other tools must not alert: well below the default of 100, so that
# a host that sends a little more than these does not alert either.
MARGIN = 70


@pytest.fixture(scope="module")
def alerts() -> dict[str, list[Alert]]:
    """The alerts of every golden; of benign ones at a lower threshold."""
    return {**replayed(SCANS), **replayed(SILENT, MARGIN)}


@pytest.mark.parametrize("golden", [*SCANS, *SILENT], ids=lambda golden: golden.name)
def test_a_golden_gives_its_expected_signatures(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    assert rule_ids(alerts[golden.name]) == golden.expect


@pytest.mark.parametrize("golden", SCANS, ids=lambda golden: golden.name)
def test_a_scan_is_detected_unless_undetectable(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    name = re.sub(r"-7\.\d+$", "", golden.name)

    assert bool(alerts[golden.name]) is (name not in UNDETECTABLE)


@pytest.mark.parametrize("golden", SILENT, ids=lambda golden: golden.name)
def test_benign_traffic_stays_well_below_the_threshold(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    assert alerts[golden.name] == []


@pytest.mark.parametrize("golden", SCANS, ids=lambda golden: golden.name)
def test_alerts_name_only_the_scanner(golden: Golden, alerts: dict[str, list[Alert]]) -> None:
    scanner = golden.source.rpartition(".")[2]
    sources = {alert.source for alert in alerts[golden.name]} - {NO_ADDRESS, *golden.decoys}
    last_numbers = {source.replace("::", ".").rpartition(".")[2] for source in sources}

    assert last_numbers <= {scanner}


@pytest.mark.parametrize("golden", WITH_DECOYS, ids=lambda golden: golden.name)
def test_a_scan_with_decoys_is_one_scan_that_lists_them(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    last = alerts[golden.name][-1]

    assert {alert.scan_id for alert in alerts[golden.name]} == {last.scan_id}
    assert {last.source, *last.decoys} > set(golden.decoys)
    assert len(last.decoys) == len(golden.decoys)
    assert last.source not in golden.decoys or last.caveats == ("spoofable",)


@pytest.mark.parametrize("golden", SCANS, ids=lambda golden: golden.name)
def test_a_scan_gives_few_alerts_the_last_of_which_counts_every_sighting(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    windows: dict[str, list[Alert]] = {}
    for alert in alerts[golden.name]:
        windows.setdefault(alert.scan_id, []).append(alert)

    for messages in windows.values():
        assert [one.sequence for one in messages] == list(range(1, len(messages) + 1))
        assert messages[0].action is Action.SCAN_OPENED
        assert [one.closed_by for one in messages if one.closed_by] == [messages[-1].closed_by]
        assert sum(rule.count for rule in messages[-1].rules) == messages[-1].sightings
        # Each level but the first raised once, and few of them.
        levels = [one.level for one in messages if one.is_raised]
        assert levels == sorted(set(levels))
        assert len(levels) <= 5
    # Closed, and continued once the source was certain; and its decoys when they were known.
    others = [one for one in alerts[golden.name] if not one.is_raised]
    assert len(others) <= 2 + bool(golden.decoys)


def test_every_alert_is_a_document_that_ecs_allows_with_the_same_keys(
    alerts: dict[str, list[Alert]],
) -> None:
    documents = [
        document(alert, Sensor("sensor1", "1.2.3")) for found in alerts.values() for alert in found
    ]

    assert [fault for found in documents for fault in faults(found, Alert)] == []
    assert len({tuple(path for path, _ in leaves(found)) for found in documents}) == 1
    assert max(len(json.dumps(found)) for found in documents) < MAXIMUM_LINE // 2


def test_a_search_for_alerts_gives_one_hit_for_each_scan(alerts: dict[str, list[Alert]]) -> None:
    documents = [
        document(alert, Sensor("sensor1", "1.2.3")) for found in alerts.values() for alert in found
    ]
    hits = [d["nmapwatchd"]["scan"]["id"] for d in documents if d["event"]["kind"] == "alert"]

    assert sorted(hits) == sorted({d["nmapwatchd"]["scan"]["id"] for d in documents})
    assert len({d["event"]["id"] for d in documents}) == len(documents)
