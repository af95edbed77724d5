"""The installed tshark is found and configured; what is missing, too old or unknown is reported."""

import asyncio
import os
import struct
from pathlib import Path

import pytest

from nmapwatchd.capture import tshark_install
from nmapwatchd.capture.tshark import OLDEST
from nmapwatchd.capture.tshark_install import check_accepted, find_tshark, write_profile
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue

FILTERS = compile_filters(shipped_catalogue())
ACCEPT_ALL = struct.pack("HBBI", 0x06, 0, 0, 0xFFFF)
# Reports its version, and two protocols.
TSHARK = """#!/bin/sh
case $1 in
--version) echo "TShark (Wireshark) {version}" ;;
-G) printf 'Hypertext Transfer Protocol\\tHTTP\\thttp\\nRemote Shell\\tRSH\\trsh\\nnot a row\\n' ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of its own."""
    found = tmp_path / "bin"
    found.mkdir()
    monkeypatch.setenv("PATH", f"{found}")
    return found


def install(path: Path, name: str, text: str = "#!/bin/sh\n") -> None:
    (path / name).write_text(text)
    (path / name).chmod(0o755)


def refused(profile: Path) -> list[str]:
    with pytest.raises(OperatorError) as raised:
        asyncio.run(find_tshark(["http"], profile))
    return str(raised.value).splitlines()


def test_the_installed_tshark_is_new_enough(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    umask = os.umask(0o077)
    try:
        found = asyncio.run(find_tshark(["http", "eth", "ip"], profile))
    finally:
        os.umask(umask)
    disabled = (profile / "disabled_protos").read_text().split()

    assert found.version >= OLDEST
    assert found.profile == profile
    assert "ftp" in disabled
    assert not {"http", "eth", "ip"} & set(disabled)
    assert list(profile.iterdir()) == [profile / "disabled_protos"]
    assert profile.stat().st_mode & 0o777 == 0o755
    assert (profile / "disabled_protos").stat().st_mode & 0o777 == 0o644


def test_every_missing_program_is_named_with_its_package(path: Path, tmp_path: Path) -> None:
    assert refused(tmp_path / "profile") == [
        "tshark: not found; install Debian's package tshark",
        "setpriv: not found; install Debian's package util-linux",
    ]
    install(path, "tshark")
    assert refused(tmp_path / "profile") == [
        "setpriv: not found; install Debian's package util-linux"
    ]


@pytest.mark.parametrize("version", ["3.6.2", "1.99", "without a number"])
def test_an_old_tshark_is_refused(path: Path, tmp_path: Path, version: str) -> None:
    install(path, "setpriv")
    install(path, "tshark", TSHARK.format(version=version))

    (message,) = refused(tmp_path / "profile")
    assert message.endswith(f"is too old; {OLDEST} or newer is required")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("#!/bin/sh\necho first >&2\necho no memory >&2\nexit 3\n", "no memory"),
        ("#!/bin/sh\n[ $1 = --version ] && exec echo TShark 4.4\nexit 3\n", "exit status 3"),
        ("#!/bin/sh\nkill -9 $$\n", "exit status -9"),
    ],
)
def test_a_tshark_that_fails_is_refused_with_its_reason(
    path: Path, tmp_path: Path, program: str, reason: str
) -> None:
    install(path, "setpriv")
    install(path, "tshark", program)

    (message,) = refused(tmp_path / "profile")
    assert message == f"tshark: does not run: {reason}"


@pytest.mark.parametrize("version", ["4.0.17 (Git v4.0.17)", "4.4", "10.0.1"])
def test_another_tshark_is_accepted(path: Path, tmp_path: Path, version: str) -> None:
    install(path, "setpriv")
    install(path, "tshark", TSHARK.format(version=version))
    found = asyncio.run(find_tshark(["http"], tmp_path / "profile"))

    assert str(found.version) == version.split(maxsplit=1)[0]
    assert (found.profile / "disabled_protos").read_text() == "rsh\n"


def test_a_profile_is_replaced(path: Path, tmp_path: Path) -> None:
    install(path, "tshark", TSHARK.format(version="4.0"))
    for dissectors, disabled in (([], "http\nrsh\n"), (["rsh"], "http\n"), (["http", "rsh"], "")):
        asyncio.run(write_profile(dissectors, tmp_path))
        assert (tmp_path / "disabled_protos").read_text() == disabled


def test_the_shipped_filters_and_fields_are_accepted(tmp_path: Path) -> None:
    found = check_accepted(FILTERS.kernel.values(), FILTERS.dissection.fields, tmp_path)

    assert asyncio.run(found) == []


def test_a_rejected_filter_and_an_unknown_field_are_both_reported(tmp_path: Path) -> None:
    kernel = [ACCEPT_ALL, b"\xff" * 8]
    filter_, field = asyncio.run(check_accepted(kernel, ["ip.src", "ip.nonsense"], tmp_path))

    assert str(filter_) == "kernel filter: the kernel rejects it: Invalid argument"
    assert str(field).startswith("tshark: ")
    assert "ip.nonsense" in str(field)


def test_a_missing_libpcap_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        raise OSError("libpcap.so.0.8: cannot open shared object file")

    monkeypatch.setattr(tshark_install, "load_libpcap", absent)

    assert refused(tmp_path) == ["libpcap: not found; install Debian's package libpcap0.8"]
