"""A real syslog-ng that writes, as JSON, what it understood."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.debian_package import unpacked
from tests.sinks.collector import LOOPBACK, free_port, listens, udp_is_bound, wait_until

# `parsed` has the structured data as syslog-ng has it, and `legacy` the tag before the text.
_CONFIGURATION = """@version: 3.35
options {{ keep-hostname(yes); use-dns(no); dns-cache(no); send-time-zone("UTC"); stats-freq(0); }};
source all {{ {source} }};
destination understood {{
    file("{folder}/understood" flush-lines(1) template("$(format-json priority=$PRI time=$S_ISODATE
        host=$HOST app=$PROGRAM process=$PID id=$MSGID legacy=$LEGACY_MSGHDR text=$MESSAGE
        --key .SDATA.* )\\n"));
}};
log {{ source(all); destination(understood); }};
"""


@dataclass(slots=True)
class SyslogNg:
    """A syslog-ng with one source."""

    folder: Path
    port: int

    def understood(self, at_least: int) -> list[dict[str, Any]]:
        """Return its entries, once there are enough."""
        wait_until(lambda: len(self._lines()) >= at_least)
        return [json.loads(line) for line in self._lines()]

    def _lines(self) -> list[str]:
        output = self.folder / "understood"
        return output.read_text("utf-8").splitlines() if output.exists() else []


@contextmanager
def syslog_ng(folder: Path, source: str) -> Iterator[SyslogNg]:
    """
    Run a syslog-ng until the end.

    Args:
        folder: of its files.
        source: its source, with `{at}` for the address and port that it listens on.
    """
    package = unpacked("syslog-ng-core")
    libraries = package / "usr/lib/syslog-ng"
    (modules,) = (found for found in libraries.glob("[0-9]*") if found.is_dir())
    port = free_port()
    file = folder / "syslog-ng.conf"
    at = f'ip("{LOOPBACK}") port({port})'
    file.write_text(_CONFIGURATION.format(source=source.format(at=at), folder=folder))
    command = [
        str(package / "usr/sbin/syslog-ng"), "--foreground", f"--cfgfile={file}", "--no-caps",
        f"--module-path={modules}", f"--persist-file={folder}/persist", f"--control={folder}/ctl",
        f"--pidfile={folder}/pid",
    ]  # fmt: skip
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries), "TZ": "UTC"}
    with (folder / "errors").open("ab") as errors:
        process = subprocess.Popen(command, stdout=errors, stderr=errors, env=environment)
    try:
        wait_until(udp_is_bound(port) if "udp" in source else listens(port))
        yield SyslogNg(folder, port)
    finally:
        process.kill()
        process.wait()
