"""A sensor is identified by host, version and process."""

import os
import platform

from nmapwatchd import __version__
from nmapwatchd.formats.sensor import Sensor, this_sensor


def test_this_sensor_is_this_process_on_this_host() -> None:
    assert this_sensor() == Sensor(platform.node(), __version__, os.getpid())


def test_a_process_may_be_unknown() -> None:
    assert Sensor("host", "1").process_id == 0
