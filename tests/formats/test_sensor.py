"""A sensor is identified by host, version and process."""

import os
import platform

from nmapwatchd import __version__
from nmapwatchd.formats.sensor import Sensor, this_sensor


def test_this_sensor_is_this_process_on_this_host() -> None:
    assert this_sensor() == Sensor(platform.node(), __version__, os.getpid())


def test_a_process_may_be_unknown() -> None:
    assert Sensor("host", "1").process_id == 0


def test_a_host_name_has_no_character_that_ends_it_in_syslog() -> None:
    assert Sensor("sensor-1.example.org", "1").syslog_host == "sensor-1.example.org"
    assert Sensor("a b\nc:d[ü]", "1").syslog_host == "a_b_c_d___"
    assert Sensor("", "1").syslog_host == "-"
    assert Sensor("x" * 999, "1").syslog_host == "x" * 255
