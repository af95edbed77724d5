"""Every golden gives the alerts that stand beside it; only real nmap gives any."""

import re

import pytest

from nmapwatchd.core.alert import Action, Alert
from tests.golden import Golden, goldens, named, replayed

EDITED = goldens("edited")
SCANS = [*goldens("nmap"), *EDITED]
WITH_DECOYS = [golden for golden in SCANS if golden.decoys]
SILENT = [*goldens("clients"), *goldens("tools")]

# Scans of which no packet can be told from anybody else's, whatever the version; and those of the
# edited nmap that leave too little: one service, asked as its own clients ask, and guesses that
# anybody begins with.
UNTELLABLE = {
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
# Of a host that asks for an address by DHCP.
NO_ADDRESS = "0.0.0.0"  # noqa: S104
# Points at which nobody but nmap may give an alert: well below the threshold of 100, so that a
# host which does a little more than these is not blamed either.
MARGIN = 70


@pytest.fixture(scope="module")
def alerts() -> dict[str, list[Alert]]:
    """The alerts of every golden; those of the innocent at a lower threshold."""
    return {**replayed(SCANS), **replayed(SILENT, MARGIN)}


@pytest.mark.parametrize("golden", [*SCANS, *SILENT], ids=lambda golden: golden.name)
def test_a_golden_names_what_stands_beside_it(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    assert named(alerts[golden.name]) == golden.expect


@pytest.mark.parametrize("golden", SCANS, ids=lambda golden: golden.name)
def test_a_scan_is_told(golden: Golden, alerts: dict[str, list[Alert]]) -> None:
    of_any_version = re.sub(r"-7\.\d+$", "", golden.name)

    assert bool(alerts[golden.name]) is (of_any_version not in UNTELLABLE)


@pytest.mark.parametrize("golden", SILENT, ids=lambda golden: golden.name)
def test_nobody_else_comes_near_the_threshold(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    assert alerts[golden.name] == []


@pytest.mark.parametrize("golden", SCANS, ids=lambda golden: golden.name)
def test_only_the_scanner_is_blamed(golden: Golden, alerts: dict[str, list[Alert]]) -> None:
    network = golden.source.rpartition(".")[2]
    sources = {alert.source for alert in alerts[golden.name]} - {NO_ADDRESS, *golden.decoys}
    ends = {source.replace("::", ".").rpartition(".")[2] for source in sources}

    assert ends <= {network}


@pytest.mark.parametrize("golden", WITH_DECOYS, ids=lambda golden: golden.name)
def test_a_scan_with_decoys_is_one_that_lists_them(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    last = alerts[golden.name][-1]

    assert {alert.scan_id for alert in alerts[golden.name]} == {last.scan_id}
    assert {last.source, *last.decoys} > set(golden.decoys)
    assert len(last.decoys) == len(golden.decoys)
    assert last.source not in golden.decoys or last.caveats == ("spoofable",)


@pytest.mark.parametrize("golden", SCANS, ids=lambda golden: golden.name)
def test_a_scan_is_few_alerts_whose_last_counts_every_sighting(
    golden: Golden, alerts: dict[str, list[Alert]]
) -> None:
    windows: dict[str, list[Alert]] = {}
    for alert in alerts[golden.name]:
        windows.setdefault(alert.scan_id, []).append(alert)

    for said in windows.values():
        assert said[0].action is Action.SCAN_OPENED
        assert sum(rule.count for rule in said[-1].rules) == said[-1].sightings
    assert len(alerts[golden.name]) <= 3
