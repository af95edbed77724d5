"""Prometheus can parse the metrics, whatever an interface or a sink is named."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from nmapwatchd.capture.stats import InterfaceStatus
from nmapwatchd.core.counters import Counters
from nmapwatchd.delivery.worker import SinkStatus
from nmapwatchd.telemetry.prometheus import COUNTER_HELP, Metrics, exposition, uninspected, write

METRICS = Metrics(
    "1.2.3",
    Counters(frames=7, kernel_drops=2).counts(),
    3,
    6,
    (InterfaceStatus("eth0", True, 5, 2, 1, 42, 16), InterfaceStatus("eth1", False, 2, 0, 0)),
    (SinkStatus("tcp://siem:514", 4, 1, True),),
)

Samples = dict[tuple[str, tuple[str, ...]], float]


def samples(text: str) -> Samples:
    """Return each sample by its name and the values of its labels, as Prometheus reads them."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_counters_interfaces_and_sinks_have_their_metrics() -> None:
    found = samples(exposition(METRICS))

    assert found["nmapwatchd_frames_total", ()] == 7
    assert found["nmapwatchd_kernel_drops_total", ()] == 2
    assert found["nmapwatchd_open_scans", ()] == 3
    assert found["nmapwatchd_shed_sources", ()] == 6
    assert found["nmapwatchd_interface_capturing", ("eth0",)] == 1
    assert found["nmapwatchd_interface_capturing", ("eth1",)] == 0
    assert found["nmapwatchd_interface_frames_total", ("eth0",)] == 5
    assert found["nmapwatchd_interface_kernel_drops_total", ("eth0",)] == 2
    assert found["nmapwatchd_interface_tshark_restarts_total", ("eth0",)] == 1
    assert found["nmapwatchd_interface_uninspected_percent", ("eth0",)] == 42
    assert found["nmapwatchd_interface_uninspected_percent", ("eth1",)] == 0
    assert found["nmapwatchd_interface_thinning_factor", ("eth0",)] == 16
    assert found["nmapwatchd_interface_thinning_factor", ("eth1",)] == 1
    assert found["nmapwatchd_sink_failing", ("tcp://siem:514",)] == 1
    assert found["nmapwatchd_sink_queued", ("tcp://siem:514",)] == 4
    assert found["nmapwatchd_sink_lost_total", ("tcp://siem:514",)] == 1
    assert found["nmapwatchd_info", ("1.2.3",)] == 1


def test_the_share_that_is_not_inspected_is_read_back() -> None:
    assert uninspected(exposition(METRICS)) == {"eth0": 42, "eth1": 0}
    assert uninspected("nmapwatchd_interface_uninspected_percent 7\nnonsense") == {}


def test_every_metric_has_a_type_and_help() -> None:
    families = list(text_string_to_metric_families(exposition(METRICS)))

    assert all(family.documentation for family in families)
    assert {family.type for family in families} == {"counter", "gauge"}
    assert all(family.samples for family in families)


def test_every_counter_has_help() -> None:
    assert set(COUNTER_HELP) == set(Counters().counts())


@given(st.text(max_size=40))
def test_no_name_breaks_the_format(name: str) -> None:
    odd = Metrics(
        "1", {}, 0, 0, (InterfaceStatus(name, True, 1, 2, 3),), (SinkStatus(name, 1, 2, False),)
    )

    text = exposition(odd)

    assert len(samples(text)) == 6 + 3 + 3
    assert len(text.splitlines()) == 12 * 3


def test_a_reader_sees_the_old_text_or_the_new(tmp_path: Path) -> None:
    file = tmp_path / "metrics.prom"
    write("old\n", file)
    with file.open() as reading:
        write("new\n", file)

        assert reading.read() == "old\n"
    assert file.read_text() == "new\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.prom"]
