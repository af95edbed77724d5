from nmapwatchd.commands.exit_status import ExitStatus


def test_the_statuses_are_those_that_the_manual_promises() -> None:
    assert {status.name: int(status) for status in ExitStatus} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "INTERRUPTED": 130,
    }
