"""Warn of sinks that are not available now, that lose messages, or that write each one twice."""

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic

from nmapwatchd.config.collector_url import parse_collector_url
from nmapwatchd.config.sinks import (
    STANDARD_OUTPUT,
    JournaldSettings,
    JsonlSettings,
    SinkSettings,
    SinkTable,
    SyslogSettings,
)
from nmapwatchd.errors import Diagnostic
from nmapwatchd.formats.sensor import this_sensor
from nmapwatchd.sinks.credential import PREFIX
from nmapwatchd.sinks.sink import SinkError

# Seconds that all collectors together have to answer: one that needs longer is not near.
ANSWER_SECONDS = 5.0

# What to do about one that is not available, by kind.
_REMEDIES = {
    "journald": "start systemd-journald",
    "jsonl": "make its folder writable for the service's user",
    "syslog": "start what listens there",
}
# Where the journal receives syslog.
_JOURNAL_SOCKETS = frozenset(
    map(Path, ("/run/systemd/journal/dev-log", "/run/systemd/journal/syslog"))
)


def sink_warnings(sinks: Sequence[SinkSettings], messages: int) -> Iterator[Diagnostic]:
    """
    Yield what is wrong with sinks, without sending or creating anything.

    Args:
        sinks: in the order of the file; none stands for the journal.
        messages: how many may be written at once.
    """
    configured, sinks = sinks, sinks or (JournaldSettings(),)
    for settings in sinks:
        for warning in settings.warnings(messages):
            yield Diagnostic(settings.kind, warning)
    for number, settings in enumerate(sinks, 1):
        try:
            if not _is_created_by_unit(settings):
                settings.probe()
        except SinkError as error:
            location = f"sink[{number}]" if configured else "sink"
            yield Diagnostic(location, f"{error}; the service retries: {_REMEDIES[settings.kind]}")
    yield from _written_twice(sinks)
    yield from _unreachable(sinks)


def _is_created_by_unit(settings: SinkTable) -> bool:
    """Return whether a file is in the unit's log directory, which the first start creates."""
    logs = os.environ.get("LOGS_DIRECTORY", "").partition(":")[0]
    return (
        isinstance(settings, JsonlSettings)
        and settings.path != STANDARD_OUTPUT
        and bool(logs)
        and Path(settings.file).parent == Path(logs)
        and not Path(logs).exists()
    )


def _written_twice(sinks: Iterable[SinkTable]) -> Iterator[Diagnostic]:
    """Yield that the journal receives each message from two sinks."""
    sinks = list(sinks)
    if not any(isinstance(settings, JournaldSettings) for settings in sinks):
        return
    for number, settings in enumerate(sinks, 1):
        if not isinstance(settings, SyslogSettings):
            continue
        url = parse_collector_url(settings.to)
        if url.scheme == "unix" and Path(os.path.realpath(url.path)) in _JOURNAL_SOCKETS:
            yield Diagnostic(
                f"sink[{number}]",
                f"{settings.to} is the journal's socket, and journald a sink too: the journal has "
                "each message twice; remove one of the two",
            )


class _Attempt(threading.Thread):
    """
    Connects to a collector once, and closes the connection.

    A thread that nothing waits for at exit, since a resolver cannot be interrupted.

    Args:
        number: of the sink in the file, from 1.
        settings: the sink.
    """

    def __init__(self, number: int, settings: SyslogSettings) -> None:
        super().__init__(daemon=True)
        self.location, self._settings = f"sink[{number}]", settings
        self.problem = f"{settings.to}: does not answer in {ANSWER_SECONDS:.0f} s"

    def run(self) -> None:
        """Connect; for UDP, which has no connection, this only resolves the name."""
        sink = reachable_part(self._settings).build(this_sensor())
        try:
            sink.open()
        except SinkError as error:
            # As it is written in the file: another scheme may have been tried.
            self.problem = str(error).replace(sink.name, self._settings.to, 1)
        except (OSError, ValueError) as error:  # a name that cannot be encoded, a faulty file
            self.problem = f"{self._settings.to}: {error}"
        else:
            self.problem = ""
        finally:
            sink.close()


def reachable_part(settings: SyslogSettings) -> SyslogSettings:
    """
    Return a sink that can be opened without the unit's credentials.

    The handshake of TLS needs them. Outside of the unit, a connection over TCP is all that can be
    tried.
    """
    files = (settings.ca_file, settings.cert_file, settings.key_file, settings.passphrase_file)
    if "CREDENTIALS_DIRECTORY" in os.environ or not any(file.startswith(PREFIX) for file in files):
        return settings
    url = parse_collector_url(settings.to)
    host = f"[{url.host}]" if ":" in url.host else url.host
    return SyslogSettings(to=f"tcp://{host}:{url.port}")


def _unreachable(sinks: Iterable[SinkTable]) -> Iterator[Diagnostic]:
    """Yield which collectors do not resolve or answer, after ANSWER_SECONDS at most."""
    attempts = [
        _Attempt(number, settings)
        for number, settings in enumerate(sinks, 1)
        if isinstance(settings, SyslogSettings)
        and parse_collector_url(settings.to).scheme != "unix"
    ]
    for attempt in attempts:
        attempt.start()
    deadline = monotonic() + ANSWER_SECONDS
    for attempt in attempts:
        attempt.join(max(0.0, deadline - monotonic()))
        if problem := attempt.problem:
            yield Diagnostic(
                attempt.location,
                f"{problem}; the service retries: check address, collector and firewall",
            )
