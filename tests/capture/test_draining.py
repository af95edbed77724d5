"""A replaced pipeline is abandoned when its time is over, not before."""

from typing import Any, cast

from nmapwatchd.capture.draining import DRAIN_SECONDS, DrainingPipeline


class Pipeline:
    abandoned = 0

    def abandon(self) -> None:
        self.abandoned += 1


def test_it_is_abandoned_when_its_time_is_over() -> None:
    now = [100.0]
    pipeline = Pipeline()
    draining = DrainingPipeline(cast(Any, pipeline), lambda: now[0])
    for seconds, abandoned in ((0.0, 0), (DRAIN_SECONDS, 0), (DRAIN_SECONDS + 0.1, 1)):
        now[0] = 100 + seconds
        draining.enforce_deadline()
        assert pipeline.abandoned == abandoned

    assert draining.pipeline is cast(Any, pipeline)
