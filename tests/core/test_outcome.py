"""An outcome is alerts and the changes to be saved with them."""

from nmapwatchd.core.outcome import NO_OUTCOME, Outcome
from nmapwatchd.core.windows.changes import NO_WINDOW_CHANGES
from tests.building import engine, observation


def test_no_outcome_has_nothing_to_report_or_save() -> None:
    assert Outcome((), NO_WINDOW_CHANGES) == NO_OUTCOME
    assert not NO_OUTCOME.changes


def test_an_observation_without_a_sighting_has_no_outcome() -> None:
    assert engine().observe(observation(payload=b"nothing")) is NO_OUTCOME


def test_an_alert_comes_with_the_record_of_its_window() -> None:
    outcome = engine(track_changes=True).observe(observation(payload=b"loud"))

    (alert,), (record,) = outcome.alerts, outcome.changes.kept
    assert (record.scan_id, record.identity) == (alert.scan_id, alert.identity)
    assert outcome.changes.gone == ()
