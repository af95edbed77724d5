"""Says messages to the systemd journal, field by field."""

import contextlib
import select
import socket
from collections.abc import Mapping

from systemd import journal

from nmapwatchd.core.alert import Action, Message
from nmapwatchd.formats.flat import fields
from nmapwatchd.formats.sensor import PROGRAM
from nmapwatchd.formats.severity import FACILITY, priority
from nmapwatchd.formats.summary import sentence
from nmapwatchd.sinks.sink import SinkError

# One per action, for ever: the journal catalogue explains each, and rules name them.
MESSAGE_IDS: Mapping[Action, str] = {
    Action.SCAN_OPENED: "177682d127ee4234ba74c353496b8de7",
    Action.SCAN_CONTINUES: "be29707d11694dbcaacbc8f725dc5eec",
    Action.SCAN_CLOSED: "44887bafc86843c999e8ea287e1ae182",
    Action.SCAN_EXPECTED: "e3e4ece2f7174ebfa28d9558ef00ddf6",
    Action.SENSOR_STARTED: "5b4dafb6f25d42eca50c4187f1db1f59",
    Action.SENSOR_HEARTBEAT: "0fbdd8c4ea93437f8494d4a108217ea8",
    Action.SENSOR_DROPPING: "e657068593724e2482f202f90607410d",
    Action.SENSOR_BLIND: "2fd31a0f2dd14b209f18f3ffbef84ab5",
    Action.SENSOR_UNDELIVERED: "42b9cb013dc744fa8463c881653a4a34",
    Action.SENSOR_RECOVERED: "5fb292ca62564ec382b2a8e2ee711ce0",
    Action.SENSOR_SELFTEST: "cec15b774de141b983976a0bfbeffd91",
    Action.SENSOR_STOPPED: "0725b13aa2b042998803624e8cfdf6da",
}

# Where libsystemd sends entries; it knows no other place.
_SOCKET = "/run/systemd/journal/socket"
# Milliseconds to wait for room in the journal's queue; a healthy journal needs less than one.
_PATIENCE = 5_000


def entry(message: Message) -> list[str]:
    """Return the journal fields of a message; a list is a field that occurs several times."""
    return [
        f"MESSAGE={sentence(message)}",
        f"MESSAGE_ID={MESSAGE_IDS[message.action]}",
        f"PRIORITY={priority(message)}",
        f"SYSLOG_IDENTIFIER={PROGRAM}",
        f"SYSLOG_FACILITY={FACILITY}",
        *(
            f"NMAPWATCHD_{name.upper()}={value}"
            for name, values in fields(message)
            for value in values
        ),
    ]


class Journald:
    """Says messages to the systemd journal of this host."""

    def __init__(self) -> None:
        self._probe: socket.socket | None = None

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return "journald"

    def open(self) -> None:
        """Look for the journal."""
        self.close()
        probe = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            probe.connect(_SOCKET)
        except OSError as error:
            probe.close()
            raise SinkError.of(f"journald: {_SOCKET}", error) from error
        self._probe = probe

    def send(self, message: Message) -> None:
        """Hand an entry to the journal."""
        # Anew each time: the journal may have been replaced, and libsystemd says nothing at all
        # where there is none.
        self.open()
        self._wait_for_room()
        try:
            journal.sendv(*entry(message))
        except OSError as error:
            raise SinkError.of("journald", error) from error

    def close(self) -> None:
        """Let go of the journal."""
        if self._probe is not None:
            with contextlib.suppress(OSError):
                self._probe.close()
            self._probe = None

    def _wait_for_room(self) -> None:
        """
        Wait until the journal takes an entry at once.

        libsystemd waits for as long as the journal does not read, and systemd-python does so
        with the interpreter's lock held: every thread would wait with it.
        """
        poll = select.poll()
        poll.register(self._probe or -1, select.POLLOUT)
        if not poll.poll(_PATIENCE):
            raise SinkError(f"journald: it has not read for {_PATIENCE // 1000} s")
