"""A flood of forged sources hides neither a scan whose source is proven nor the sensor's state."""

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from nmapwatchd.core.alert import Action, Alert, FloodSummary, Message, SensorEvent
from nmapwatchd.core.attribution.caveats import Caveat
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.delivery.cursor import MAXIMUM_AHEAD
from nmapwatchd.delivery.priority import Priority
from nmapwatchd.delivery.store import Record, Store
from nmapwatchd.delivery.worker import DeliveryWorker
from tests.building import NOON, SECOND, engine, observation, signature
from tests.formats.messages import AT, OPENED

SCANNER = "10.0.0.5"
BLIND = SensorEvent(Action.SENSOR_BLIND, AT, "tshark died")


def forged(seconds: float, rate: int, start: float = 0) -> Iterator[Observation]:
    """Yield raw packets, each from another address and another MAC address."""
    draw = random.Random(7)  # noqa: S311
    for number in range(int(seconds * rate)):
        octets = [draw.randrange(1, 255) for _ in range(6)]
        yield observation(
            start + number / rate,
            source=".".join(map(str, (11 + octets[0] % 200, *octets[1:3], number % 256))),
            mac=":".join(f"{octet:02x}" for octet in octets),
            transport=Transport.UDP, payload=b"loud", content_hash=number + 1,
        )  # fmt: skip


def messages(core: Engine, packets: Iterator[Observation]) -> list[Message]:
    """Return the messages about some packets; the engine ticks each second."""
    found: list[Message] = []
    ticked = 0
    for packet in packets:
        while packet.at >= NOON + ticked * SECOND:
            found += core.tick(NOON + ticked * SECOND).messages
            ticked += 1
        found += core.observe(packet).messages
    return found


def test_a_minute_of_forged_sources_is_some_messages_and_their_number_is_known() -> None:
    """Sixty thousand forged sources cost tens of messages, and none goes uncounted."""
    core = engine()

    found = messages(core, forged(60, 1000))

    summaries = [message for message in found if isinstance(message, FloodSummary)]
    alerts = [message for message in found if isinstance(message, Alert)]
    opened = [alert for alert in alerts if alert.action is Action.SCAN_OPENED]
    assert len(found) < 130  # sixty, each of which is closed, and summaries
    assert [summary.caveats for summary in summaries] == [(Caveat.SPOOFABLE.value,)] * 1
    assert (len(summaries[0].listed), len(summaries[0].macs)) == (32, 32)
    assert summaries[0].macs_omitted > 900
    last = core.drain().messages[-1]
    assert isinstance(last, FloodSummary)
    assert len(opened) + last.sources == core._counters.sightings


def test_a_scan_with_data_is_named_at_once_in_a_flood_of_forged_sources() -> None:
    """The first data of a scan opens an alert, whatever forged sources surround it."""
    core = engine()
    messages(core, forged(10, 3000))

    (alert,) = core.observe(observation(10, payload=b"loud", destination_port=443)).alerts

    assert (alert.action, alert.source, alert.caveats) == (Action.SCAN_OPENED, SCANNER, ())


def test_a_raw_scan_that_lasts_is_named_in_a_flood_of_forged_sources() -> None:
    """A raw scan that lasts longer than five seconds is named, though anyone could forge it."""
    core = engine()
    flood = forged(12, 2000)
    scan = {"transport": Transport.UDP, "payload": b"loud"}

    named = 0
    for number, packet in enumerate(flood):
        core.observe(packet)
        if number % 400 == 399:
            seen = observation(number / 2000, **scan, destination_port=number, content_hash=-number)
            named += sum(alert.source == SCANNER for alert in core.observe(seen).alerts)

    assert named == 1


def test_forged_sources_do_not_evict_what_adds_up_to_a_scan_with_data() -> None:
    """Evidence over a connection adds up, however many forged sources come between."""
    weak = [signature(f"w{n}", Confidence.WEAK) for n in range(1, 3)]
    strong = signature("w0", Confidence.STRONG)
    core = engine(signature("loud"), strong, *weak, policy=WindowPolicy(maximum=100))
    opened: list[Alert] = []
    packets = forged(20, 500)

    for number in range(3):
        for _ in range(3000):
            core.observe(next(packets))
        seen = observation(6 * (number + 1), payload=f"w{number}".encode())
        opened += [one for one in core.observe(seen).alerts if one.source == SCANNER]

    assert [alert.action for alert in opened] == [Action.SCAN_OPENED]


def test_a_scan_that_was_named_stays_open_in_a_flood_that_fills_the_table() -> None:
    """Forged sources do not close a scan whose source is proven."""
    core = engine(policy=WindowPolicy(maximum=100))
    core.observe(observation(0, payload=b"loud"))
    core.observe(observation(0.1, payload=b"loud", destination="10.0.0.9"))

    found = messages(core, forged(10, 1000, start=1))

    closed = [message for message in found if isinstance(message, Alert) and message.closed_by]
    assert SCANNER not in {alert.source for alert in closed}


def test_forged_data_in_every_name_is_summarised_as_well() -> None:
    """A flood of forged data over TCP is a bounded number of messages, and its size is known."""
    core = engine()
    flood = (
        replace(packet, transport=Transport.TCP, destination_port=443)
        for packet in forged(20, 1000)
    )

    found = messages(core, flood)

    assert len(found) < 610
    assert any(isinstance(message, FloodSummary) and not message.caveats for message in found)


def test_the_sensors_own_events_are_stored_when_scans_have_filled_the_spool(
    tmp_path: Path,
) -> None:
    """No number of alerts keeps a `sensor-blind` off the disk, nor forged ones a proven scan."""
    store = Store(tmp_path / "spool", 100, 1 << 20)
    store.register("a", 0)

    def stored(message: Message) -> bool:
        return store.write([Record("name", b"body", Priority.of(message))], {}) != [0]

    spoofable = replace(OPENED, caveats=("spoofable",))
    forged_ones = [stored(spoofable) for _ in range(200)]
    assert stored(OPENED)
    proven_ones = [stored(OPENED) for _ in range(200)]
    assert stored(BLIND)
    assert (sum(forged_ones), sum(proven_ones)) == (75, 24)


def test_the_sensors_own_events_are_queued_when_scans_have_filled_a_sinks_queue() -> None:
    """No number of alerts keeps a `sensor-blind` from a slow sink."""

    class Stalled:
        """A sink that takes nothing until it may."""

        name = "stalled"

        def __init__(self) -> None:
            self.may_send = threading.Event()
            self.sent: list[Message] = []

        def open(self) -> None:
            """Nothing to open."""

        def send(self, message: Message) -> None:
            self.may_send.wait()
            self.sent.append(message)

        def close(self) -> None:
            """Nothing to close."""

    sink = Stalled()
    worker = DeliveryWorker(sink, lambda _text: None)
    spoofable = replace(OPENED, caveats=("spoofable",))
    taken = next(number for number in count() if not worker.put(spoofable))

    assert taken > MAXIMUM_AHEAD
    assert worker.put(OPENED)
    while worker.put(OPENED):
        pass
    assert worker.put(BLIND)
    sink.may_send.set()
    worker.close(10)
    assert sink.sent[-1] == BLIND
