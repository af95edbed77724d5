from nmapwatchd.daemon.rate_limit import ReportThrottle


def test_growth_is_reported_once_and_not_too_often() -> None:
    throttle = ReportThrottle(seconds=60)

    assert throttle.due(0, 0) == 0
    assert throttle.due(3, 1) == 3
    assert throttle.due(3, 100) == 0
    assert throttle.due(5, 101) == 2
    assert throttle.due(9, 120) == 0
    assert throttle.due(10, 161) == 5
