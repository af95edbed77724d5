"""The real service on the lab's network, with a real journal and a file as sinks."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.journal import Journal
from tests.formats.ecs_schema import faults, kind_of
from tests.lab.network import Tap, inside, wait_until

PROGRAM = Path(sys.executable).with_name("nmapwatchd")

Document = dict[str, Any]


@dataclass(slots=True)
class Service:
    """A running sensor."""

    process: subprocess.Popen[bytes]
    config: Path
    alerts_file: Path
    notify: socket.socket
    notifications: list[str] = field(default_factory=list)

    @property
    def documents(self) -> list[Document]:
        """Every message in its file sink; a line that is being written is not one yet."""
        if not self.alerts_file.exists():
            return []
        lines, _, _ = self.alerts_file.read_text().rpartition("\n")
        documents = [json.loads(line) for line in lines.splitlines()]
        assert [fault for found in documents for fault in faults(found, kind_of(found))] == []
        return documents

    @property
    def scans(self) -> list[Document]:
        """Every message about a scan."""
        return [d for d in self.documents if d["event"]["action"].startswith("scan-")]

    def actions(self) -> list[str]:
        """The actions of all messages, in order."""
        return [document["event"]["action"] for document in self.documents]

    def notified(self, text: str) -> bool:
        """Return whether a notification to the service manager contains a text."""
        while True:
            try:
                self.notifications.append(self.notify.recv(4096).decode())
            except BlockingIOError:
                return any(text in one for one in self.notifications)

    def wait_notified(self, text: str, seconds: float = 20.0) -> None:
        """Wait for a new notification to the service manager that contains a text."""
        self.notified("")
        self.notifications.clear()
        wait_until(lambda: self.notified(text), f"{text} from the service", seconds)

    def wait_reported(self, action: str, times: int = 1, seconds: float = 20.0) -> None:
        """Wait until an action was reported so many times."""
        wait_until(lambda: self.actions().count(action) >= times, action, seconds)

    def children(self) -> dict[str, int]:
        """Return its descendant processes by name."""
        found = {}
        pending = [self.process.pid]
        while pending:
            parent = pending.pop()
            for task in Path(f"/proc/{parent}/task").iterdir():
                for child in (task / "children").read_text().split():
                    pending.append(int(child))
                    found[Path(f"/proc/{child}/comm").read_text().strip()] = int(child)
        return found


@contextmanager
def service(
    tap: Tap,
    journal: Journal,
    folder: Path,
    program: Sequence[str] = (str(PROGRAM),),
    **tables: str,
) -> Iterator[Service]:
    """
    Start the service on a tap, and stop it.

    Args:
        tap: where it captures.
        journal: the journal of its namespace.
        folder: for its configuration, log, spool and file of alerts.
        program: the command that takes the program's arguments.
        tables: TOML to append to the configuration, by subject.
    """
    alerts = folder / "alerts.jsonl"
    config = folder / "nmapwatchd.toml"
    config.write_text(
        f'interfaces = ["{tap.interface}"]\nsignatures = []\n'
        + "\n".join(tables.values())
        + ("" if "spool" in tables else f'\n[spool]\ndirectory = "{folder}/spool"')
        + f'\n[[sink]]\nkind = "journald"\n[[sink]]\nkind = "jsonl"\npath = "{alerts}"\n'
    )
    address = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as notify:
        notify.bind(str(address))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                journal.inside(inside(tap.namespace, [*program, "run", "--config", str(config)])),
                env={**os.environ, "NOTIFY_SOCKET": str(address)},
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a process group of its own, as at a terminal
            )
        running = Service(process, config, alerts, notify)
        try:
            wait_until(lambda: running.notified("READY=1") or process.poll() is not None, "READY=1")
            assert process.poll() is None, (folder / "log").read_text()
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)  # a busy machine, and thousands of scans to close
            address.unlink()
