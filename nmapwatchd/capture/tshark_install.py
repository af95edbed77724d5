"""Find tshark, setpriv and libpcap; check versions, filters and fields; write tshark's profile."""

import asyncio
import os
import re
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from nmapwatchd.capture.tshark import OLDEST
from nmapwatchd.child.libpcap import load_libpcap
from nmapwatchd.child.socket_filter import attach_filter
from nmapwatchd.errors import Diagnostic, OperatorError

TSHARK = "tshark"
SETPRIV = "setpriv"
# Debian's package of each, for the error message.
_PACKAGES = {TSHARK: "tshark", SETPRIV: "util-linux"}


@dataclass(frozen=True, slots=True)
class TsharkInstall:
    """
    The installed tshark.

    Args:
        version: its version.
        profile: a directory with a configuration in which only required dissectors are enabled.
    """

    version: Version
    profile: Path


async def find_tshark(dissectors: Iterable[str], profile: Path) -> TsharkInstall:
    """
    Check that every program is installed, and write tshark's profile.

    Args:
        dissectors: the filter names of the dissectors to enable.
        profile: the directory to write to.

    Raises:
        OperatorError: a program is missing or too old.
    """
    missing = [
        Diagnostic(name, f"not found; install Debian's package {package}")
        for name, package in _PACKAGES.items()
        if shutil.which(name) is None
    ]
    try:
        load_libpcap()
    except OSError:
        missing.append(Diagnostic("libpcap", "not found; install Debian's package libpcap0.8"))
    if missing:
        raise OperatorError(*missing)
    # Most of the time of either is tshark's start.
    asked, written = await asyncio.gather(
        _run(TSHARK, "--version"), write_profile(dissectors, profile), return_exceptions=True
    )
    for result in (asked, written):  # both have ended, so that no process is left behind
        if isinstance(result, BaseException):
            raise result
    assert isinstance(asked, tuple)
    status, output, errors = asked
    _require_success(status, errors)
    found = re.search(r"\d+\.\d+(\.\d+)?", output)
    version = Version(found.group()) if found else Version("0")
    if version < OLDEST:
        raise OperatorError(
            Diagnostic(TSHARK, f"version {version} is too old; {OLDEST} or newer is required")
        )
    return TsharkInstall(version, profile)


async def write_profile(dissectors: Iterable[str], profile: Path) -> None:
    """
    Write a profile in which all other dissectors are disabled.

    Raises:
        OperatorError: tshark does not list its dissectors.
    """
    enabled = frozenset(dissectors)
    status, table, errors = await _run(TSHARK, "-G", "protocols")
    _require_success(status, errors)
    known = [line.split("\t")[2] for line in table.splitlines() if line.count("\t") >= 2]
    disabled = [name for name in known if name not in enabled]
    await asyncio.to_thread(_write_disabled, profile, disabled)


def _require_success(status: int, errors: str) -> None:
    if status:
        reason = errors.strip().rpartition("\n")[2] or f"exit status {status}"
        raise OperatorError(Diagnostic(TSHARK, f"does not run: {reason}"))


def _write_disabled(profile: Path, disabled: Iterable[str]) -> None:
    profile.mkdir(parents=True, exist_ok=True)
    profile.chmod(0o755)  # if the service runs as root, tshark is another user
    # Atomically: with half of it, the other dissectors would be enabled.
    new = profile / "disabled_protos.new"
    new.write_text("".join(f"{name}\n" for name in disabled))
    new.chmod(0o644)  # likewise, whatever the umask is
    new.replace(profile / "disabled_protos")


async def check_accepted(
    kernel: Iterable[bytes], fields: Iterable[str], profile: Path
) -> list[Diagnostic]:
    """
    Check that the kernel accepts the filters, and that tshark knows the fields.

    Args:
        kernel: BPF filters.
        fields: names of tshark's fields.
        profile: tshark's profile.
    """
    diagnostics = []
    for program in kernel:
        try:
            # An idle socket, which needs no privilege.
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as idle:
                attach_filter(idle, program)
        except OSError as error:
            diagnostics.append(
                Diagnostic("kernel filter", f"the kernel rejects it: {error.strerror}")
            )
    # An empty capture: tshark looks the fields up and exits.
    empty = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    options = [word for name in fields for word in ("-e", name)]
    status, _, errors = await _run(
        TSHARK, "-n", "-r", "-", "-T", "fields", *options, standard_input=empty, profile=profile
    )
    if status:
        diagnostics.append(Diagnostic("tshark", " ".join(errors.split())))
    return diagnostics


async def _run(
    *command: str, standard_input: bytes | None = None, profile: Path | None = None
) -> tuple[int, str, str]:
    """Run a program; return its exit status, standard output and standard error."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    if profile is not None:
        environment["WIRESHARK_CONFIG_DIR"] = str(profile)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL if standard_input is None else PIPE, stdout=PIPE, stderr=PIPE,
        env=environment,
    )  # fmt: skip
    output, errors = await process.communicate(standard_input)
    return (
        process.returncode or 0,
        output.decode("utf-8", "replace"),
        errors.decode("utf-8", "replace"),
    )
