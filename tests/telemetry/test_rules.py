"""The alerting rules for Prometheus: what fires, by the metrics that the service itself writes."""

import json
import re
import subprocess
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from nmapwatchd.capture.stats import InterfaceStatus
from nmapwatchd.core.attribution.allowlist import Authorisation
from nmapwatchd.core.counters import Counters
from nmapwatchd.delivery.worker import SinkStatus
from nmapwatchd.telemetry.prometheus import Metrics, exposition
from tests.building import engine, observation

RULES = Path(__file__).parents[2] / "packaging/prometheus/nmapwatchd.rules.yml"
WRITTEN_BY_HAND = Path(__file__).with_name("nmapwatchd.rules.test.yml")

INTERFACE = InterfaceStatus("eth1", True, 0, 0, 0)
SINK = SinkStatus("tls://siem:6514", 0, 0, False)
IDLE = Metrics("1.2.3", Counters().counts(), 0, 0, (INTERFACE,), (SINK,))
# What Prometheus and node_exporter add: whether the sensor is scraped, and the file's age.
UP = 'up{instance="tap1", job="node"}'
WRITTEN = 'node_textfile_mtime_seconds{file="/run/nmapwatchd/metrics.prom", instance="tap1"}'

# Scrapes, 15 s apart, before and after what happens; it is over 15 minutes, the longest wait.
BEFORE, AFTER = 40, 80
LATEST = f"{(BEFORE + AFTER - 1) * 15}s"


def promtool(*arguments: str, given: str = "") -> str:
    """Run promtool; return what it prints, an error included, or '' on success."""
    done = subprocess.run(
        ["promtool", *arguments], input=given, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


def values_of(text: str) -> dict[str, str]:
    """Return the value of each series of an exposition, as node_exporter would expose it."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            name, _, labels = series.rstrip("}").partition("{")
            found[f'{name}{{{labels}{"," if labels else ""}instance="tap1", job="node"}}'] = value
    return found


def fired(folder: Path, before: Metrics, after: Metrics | None, **others: str) -> set[str]:
    """
    Return which alerts fire at any time.

    Args:
        folder: for promtool's file.
        before: the metrics until something happens.
        after: the metrics from then on; None if the service does not run.
        others: values of `up` and of `written`, the time at which the file was written.
    """
    last = values_of(exposition(after)) if after else {}
    series = [
        {"series": name, "values": f"{value}x{BEFORE} " + (
            f"{last[name]}x{AFTER}" if name in last else "stale")}
        for name, value in values_of(exposition(before)).items()
    ]  # fmt: skip
    series.append({"series": UP, "values": others.get("up", f"1x{BEFORE + AFTER}")})
    series.append({"series": WRITTEN, "values": others.get("written", f"0+15x{BEFORE + AFTER}")})
    # promtool knows no expression's result in advance: what it prints of a wrong guess has it.
    names = "count by (alertname) (count_over_time(ALERTS{alertstate='firing'}[1h]))"
    test = {
        "interval": "15s", "input_series": series,
        "promql_expr_test": [{"expr": names, "eval_time": LATEST, "exp_samples": [
            {"labels": '{alertname="none"}', "value": 0}]}],
    }  # fmt: skip
    file = folder / "test.json"  # JSON is YAML
    file.write_text(json.dumps({
        "rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": [test],
    }))  # fmt: skip
    printed = promtool("test", "rules", str(file))
    _, _, got = printed.partition("got:")
    assert got, printed
    return set(re.findall(r'alertname=\\?"(\w+)', got))


def after(**counters: int) -> Metrics:
    """Return the metrics of a sensor that has counted this."""
    return replace(IDLE, counters={**IDLE.counters, **counters})


def scanned(*authorised: Authorisation) -> Metrics:
    """Return the metrics after a scan of 10.0.0.5."""
    core = engine(authorised=authorised)
    for second in range(3):
        core.observe(observation(second, payload=b"loud", destination_port=second + 1))
    core.drain()
    return replace(IDLE, counters=core._counters.counts())


def test_promtool_accepts_the_rules_and_their_tests() -> None:
    assert promtool("check", "rules", str(RULES)) == ""
    assert promtool("test", "rules", str(WRITTEN_BY_HAND)) == ""


def test_promtool_accepts_the_metrics() -> None:
    assert promtool("check", "metrics", given=exposition(IDLE)) == ""


def test_every_metric_in_the_rules_is_one_that_the_service_writes() -> None:
    written = {series.partition("{")[0] for series in values_of(exposition(IDLE))}
    expressions = re.findall(r"expr: (.*?)\n +(?:for|labels):", RULES.read_text(), re.DOTALL)
    used = set(re.findall(r"\bnmapwatchd_\w+", " ".join(expressions)))

    assert len(expressions) == RULES.read_text().count("alert:")
    assert len(used) > 10
    assert used - written == set()


def test_every_rule_says_what_to_do_and_how_severe_it_is() -> None:
    rules = RULES.read_text().split("- alert: ")[1:]

    for rule in rules:
        assert re.search(r"severity: (critical|warning|info)\n", rule)
        assert re.search(r"summary: \S", rule)
        assert re.search(r"description: >-\n +\S", rule)


def test_a_healthy_idle_sensor_fires_nothing(tmp_path: Path) -> None:
    assert fired(tmp_path, IDLE, IDLE) == set()


def test_a_scan_fires_and_an_authorised_one_does_not(tmp_path: Path) -> None:
    audit = Authorisation("weekly audit", (ip_network("10.0.0.5"),))

    assert scanned(audit).counters["expected_scans"] == 1
    assert fired(tmp_path, IDLE, scanned(audit)) == set()
    assert fired(tmp_path, IDLE, scanned()) == {"NmapScan"}


def test_a_sensor_that_does_not_run_fires(tmp_path: Path) -> None:
    up, never = f"1x{BEFORE} 0x{AFTER}", f"0+15x{BEFORE} 600x{AFTER}"

    assert fired(tmp_path, IDLE, None) == {"NmapwatchdStopped"}
    assert fired(tmp_path, IDLE, None, up=up) == {"NmapwatchdUnreachable"}
    assert fired(tmp_path, IDLE, IDLE, written=never) == {"NmapwatchdMetricsStale"}


@pytest.mark.parametrize(
    ("metrics", "alert"),
    [
        (replace(IDLE, interfaces=(replace(INTERFACE, is_capturing=False),)), "Blind"),
        (replace(IDLE, interfaces=(replace(INTERFACE, dropped=7),)), "Dropping"),
        (after(lost_at_handover=7), "Dropping"),
        (replace(IDLE, interfaces=(replace(INTERFACE, thinning_factor=4),)), "Thinning"),
        (replace(IDLE, interfaces=(replace(INTERFACE, uninspected=5),)), "Uninspected"),
        (after(rule_errors=1), "SignatureErrors"),
        (after(undelivered=1), "Undelivered"),
        (replace(IDLE, sinks=(replace(SINK, lost=1),)), "Undelivered"),
        (replace(IDLE, sinks=(replace(SINK, is_failing=True),)), "SinkFailing"),
    ],
)
def test_a_sensor_in_trouble_fires_what_it_is(tmp_path: Path, metrics: Metrics, alert: str) -> None:
    assert fired(tmp_path, IDLE, metrics) == {f"Nmapwatchd{alert}"}


def test_a_flood_of_scans_fires(tmp_path: Path) -> None:
    assert fired(tmp_path, IDLE, after(folded_scans=1000)) == {"NmapScanFlood"}


def test_a_source_that_floods_is_no_trouble_of_the_sensor(tmp_path: Path) -> None:
    assert fired(tmp_path, IDLE, replace(after(shed=90_000), shed_sources=1)) == set()


def test_what_a_sensor_had_counted_before_it_was_restarted_fires_nothing(tmp_path: Path) -> None:
    troubled = after(alerts=3, folded_scans=4, lost_at_handover=5, rule_errors=6, undelivered=7)

    assert fired(tmp_path, troubled, IDLE) == set()
