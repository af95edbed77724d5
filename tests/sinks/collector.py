"""A real rsyslogd that writes, as JSON, what it understood."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from nmapwatchd.formats.rfc5424 import DEFAULT_SD_ID
from tests.sinks.certificates import Authority

LOOPBACK = "127.0.0.1"
TCP = 'module(load="imtcp")\n'
# Seconds that a busy machine may take.
PATIENCE = 30.0

_TEMPLATE = """
template(name="understood" type="list" option.jsonf="on") {
  property(outname="pri" name="pri" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" date.inUTC="on" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="process" name="procid" format="jsonf")
  property(outname="id" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
  property(outname="tag" name="syslogtag" format="jsonf")
  property(outname="parsed" name="$!rfc5424-sd" format="jsonf")
}
"""


@dataclass(slots=True)
class Collector:
    """An rsyslogd with one input, which can be killed and started again."""

    folder: Path
    configuration: str
    port: int
    within: tuple[str, ...] = ()  # prefix of a command, for the namespace to listen in
    process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> Path:
        return self.folder / "understood"

    def start(self, is_up: Callable[[], bool]) -> None:
        """Run it in the foreground until it listens."""
        file = self.folder / "rsyslog.conf"
        file.write_text(self.configuration)
        command = [*self.within, "rsyslogd", "-n", "-f", str(file), "-i", str(self.folder / "pid")]
        with (self.folder / "errors").open("ab") as errors:
            self.process = subprocess.Popen(command, stdout=errors, stderr=errors)
        wait_until(is_up)

    def stop(self) -> None:
        """Suspend it, so that it reads nothing more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Kill it, so that it saves nothing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process = None

    def understood(self, at_least: int = 0) -> list[dict[str, Any]]:
        """Return its entries, once there are enough."""
        wait_until(lambda: len(self._lines()) >= at_least)
        return [json.loads(line) for line in self._lines()]

    def event_ids(self) -> set[str]:
        """Return the ids in its output; a kill may leave a partial line."""
        output = self.output.read_text("utf-8") if self.output.exists() else ""
        parts = output.split(r"event_id=\"")[1:]
        return {part[:32] for part in parts}

    def _lines(self) -> list[str]:
        return self.output.read_text("utf-8").splitlines() if self.output.exists() else []


def wait_until(holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until a condition is true."""
    end = monotonic() + patience
    while not holds():
        assert monotonic() < end, "the condition did not become true"
        sleep(0.02)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return an unused port of the loopback interface."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listens(port: int, within: tuple[str, ...] = ()) -> Callable[[], bool]:
    """Return a function that checks whether connections to a port are accepted."""

    def answer() -> bool:
        if within:
            command = [*within, "ss", "-Hltn", f"sport = :{port}"]
            return bool(subprocess.run(command, check=True, capture_output=True).stdout)
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, port)) == 0

    return answer


def udp_is_bound(port: int) -> Callable[[], bool]:
    """Return a function that checks whether a UDP port is bound."""
    address = f":{port:04X} "
    return lambda: address in Path("/proc/net/udp").read_text()


@contextmanager
def collector(
    folder: Path,
    module: str,
    given: str = "",
    kind: socket.SocketKind = socket.SOCK_STREAM,
    *,
    path: Path | None = None,
    within: tuple[str, ...] = (),
    port: int = 0,
    before: str = "",
) -> Iterator[Collector]:
    """
    Run an rsyslogd until the end.

    Args:
        folder: of its files.
        module: its input module: imudp, imtcp or imuxsock.
        given: the first lines of its configuration.
        kind: of the port that it listens on.
        path: a socket, instead of a port.
        within: prefix of a command that runs it in a network namespace.
        port: that it listens on; an unused one by default.
        before: what it does with a message before it writes it.
    """
    port = port or free_port(kind)
    where = f'Socket="{path}"' if path else f'address="{LOOPBACK}" port="{port}"'
    # `action.commitTransaction` per message: an entry is written immediately.
    text = (
        f'global(workDirectory="{folder}")\n{given}'
        f'{_TEMPLATE}input(type="{module}" {where} ruleset="all")\n'
        f'ruleset(name="all") {{ {before} action(type="omfile" file="{folder}/understood" '
        'template="understood" asyncWriting="off" flushOnTXEnd="on") }\n'
    )
    found = Collector(folder, text, port, within)
    is_up = path.is_socket if path else None
    if is_up is None:
        is_up = udp_is_bound(port) if kind is socket.SOCK_DGRAM else listens(port, within)
    found.start(is_up)
    try:
        yield found
    finally:
        found.kill()


def tls(folder: Path, mode: str = "anon") -> tuple[str, Authority]:
    """Return rsyslogd's configuration for TLS, and the authority of its certificate."""
    authority = Authority(folder).begin()
    certificate, key = authority.issue("collector", f"IP:{LOOPBACK}")
    given = (
        f'global(defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{authority.file}"'
        f' defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")\n'
        f'module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1"'
        f' streamDriver.authMode="{mode}")\n'
    )
    return given, authority


_PARAMETER = re.compile(r' ([^=" \]]+)="((?:[^"\\\]]|\\.)*)"', re.DOTALL)


def parameters(data: str) -> dict[str, str]:
    """Return the parameters of a structured-data element; fail unless there is exactly one."""
    head, last = f"[{DEFAULT_SD_ID}", "]"
    assert data.startswith(head)
    assert data.endswith(last)
    body = data[len(head) : -len(last)]
    found: dict[str, str] = {}
    at = 0
    while at < len(body):
        parameter = _PARAMETER.match(body, at)
        assert parameter is not None, body[at:]
        name, value = parameter.groups()
        assert name not in found
        found[name] = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        at = parameter.end()
    return found
