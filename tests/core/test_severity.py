"""The severity of a scan is what it did, as far as its source is certain."""

from itertools import product

import pytest

from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.explanation import Activity
from nmapwatchd.core.severity import FEW_PACKETS, MANY_HOSTS, Level, level

# Caveats that hold as long as somebody else may have caused all of a scan.
UNPROVEN = (Caveat.SPOOFABLE, Caveat.TUNNELLED, Caveat.RELAYABLE)
OTHERS = tuple(caveat for caveat in Caveat if caveat not in UNPROVEN)


@pytest.mark.parametrize("caveats", [(), OTHERS])
@pytest.mark.parametrize(
    ("activity", "targets", "expected"),
    [
        (Activity.DISCOVERY, 1, Level.ONE_HOST),
        (Activity.DISCOVERY, MANY_HOSTS - 1, Level.ONE_HOST),
        (Activity.OS_DETECTION, 1, Level.OS_DETECTION),
        (Activity.SERVICES, 1, Level.SERVICES),
        (Activity.INTRUSIVE, MANY_HOSTS - 1, Level.INTRUSIVE),
        (Activity.DISCOVERY, MANY_HOSTS, Level.MANY_HOSTS),
        (Activity.INTRUSIVE, MANY_HOSTS, Level.MANY_HOSTS),
    ],
)
def test_a_scan_of_a_proven_source_is_as_severe_as_what_it_did(
    activity: Activity, targets: int, expected: Level, caveats: tuple[str, ...]
) -> None:
    assert level(activity, caveats, targets, 1) is expected


@pytest.mark.parametrize("caveat", UNPROVEN)
@pytest.mark.parametrize(
    ("activity", "targets", "packets", "expected"),
    [
        (Activity.DISCOVERY, 1, 1, Level.FEW_PACKETS),
        (Activity.DISCOVERY, FEW_PACKETS, FEW_PACKETS, Level.FEW_PACKETS),
        (Activity.DISCOVERY, 1, FEW_PACKETS + 1, Level.UNPROVEN),
        (Activity.DISCOVERY, MANY_HOSTS, MANY_HOSTS, Level.OS_DETECTION),
        (Activity.OS_DETECTION, 1, 1, Level.OS_DETECTION),
        (Activity.SERVICES, 1, 1, Level.OS_DETECTION),
        (Activity.INTRUSIVE, MANY_HOSTS, 10_000, Level.OS_DETECTION),
    ],
)
def test_what_another_host_may_have_sent_is_no_more_severe_than_os_detection(
    activity: Activity, targets: int, packets: int, expected: Level, caveat: str
) -> None:
    assert level(activity, (caveat,), targets, packets) is expected


def test_an_authorised_scan_is_expected_whatever_it_does() -> None:
    assert level(Activity.INTRUSIVE, (), 1000, 1000, "audit") is Level.EXPECTED


def test_a_scan_that_goes_on_becomes_no_less_severe() -> None:
    for activity, caveats in product(Activity, ((), (Caveat.SPOOFABLE,))):
        found = [level(activity, caveats, targets, targets) for targets in range(1, 40)]

        assert found == sorted(found)
