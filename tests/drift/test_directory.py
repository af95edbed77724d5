import os
from pathlib import Path

import pytest

from nmapwatchd.core.observation import Transport
from nmapwatchd.drift import DataDirectory
from nmapwatchd.drift.directory import MAXIMUM_FILE, is_data_file
from nmapwatchd.drift.probes import Probe
from nmapwatchd.errors import OperatorError
from tests.drift.datadir import write


def test_a_directory_without_nmaps_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="contains none of nmap's data files"):
        DataDirectory(tmp_path)


def test_what_is_not_a_regular_file_is_missing(tmp_path: Path) -> None:
    directory = write(tmp_path, {"nselib/a.lua": b""})
    (tmp_path / "scripts").mkdir()
    os.mkfifo(tmp_path / "scripts" / "pipe.nse")
    (tmp_path / "scripts" / "folder.nse").mkdir()
    (tmp_path / "nmap-service-probes").mkdir()

    assert directory.source("scripts/pipe.nse") is None
    assert directory.source("scripts/folder.nse") is None
    assert directory.probes == {}


@pytest.mark.parametrize(
    "name",
    ["nmap-service-probes", "nmap-payloads", "nse_main.lua", "nselib/http.lua",
     "nselib/data/words.lst", "scripts/http-title.nse"],
)  # fmt: skip
def test_lua_and_probe_files_are_data(name: str) -> None:
    assert is_data_file(name)


@pytest.mark.parametrize(
    "name",
    ["osscan2.cc", "nmap", "nselib/", "scripts", "scripts/../nmap", "/scripts/a.nse", "nse_main",
     "scripts/a b.nse", "nmap-services"],
)  # fmt: skip
def test_anything_else_is_compiled_into_nmap(name: str) -> None:
    assert not is_data_file(name)


@pytest.mark.parametrize("name", ["nmap-service-probes", "nselib", "scripts"])
def test_one_of_nmaps_files_makes_a_data_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()

    assert DataDirectory(tmp_path).probes == {}


def test_probes_are_read_by_their_file(tmp_path: Path) -> None:
    directory = write(
        tmp_path, {"nmap-service-probes": b"Probe TCP A q|a|\n", "nmap-payloads": b'udp 7 "b"\n'}
    )

    assert directory.probes == {
        "nmap-service-probes": (Probe(Transport.TCP, "A", b"a"),),
        "nmap-payloads": (Probe(Transport.UDP, "udp 7", b"b"),),
    }


def test_a_file_is_read_once(tmp_path: Path) -> None:
    directory = write(tmp_path, {"scripts/a.nse": b'"one"'})
    first = directory.source("scripts/a.nse")
    write(tmp_path, {"scripts/a.nse": b'"two"'})

    assert first is not None
    assert directory.source("scripts/a.nse") is first


def test_a_file_that_is_not_lua_is_a_list_of_words(tmp_path: Path) -> None:
    directory = write(tmp_path, {"nselib/data/words.lst": b"-- one\ntwo\n"})
    source = directory.source("nselib/data/words.lst")

    assert source is not None
    assert (source.plain, source.literals) == (True, ())
    assert source.contains(b"-- one")


def test_the_names_are_those_of_lua_in_order(tmp_path: Path) -> None:
    names = ["nselib/a.lua", "nselib/sub/b.lua", "scripts/c.nse"]
    directory = write(tmp_path, dict.fromkeys((*names, "nselib/x.txt", "scripts/y.lua"), b""))

    assert list(directory.names()) == names


def test_a_large_file_is_read_up_to_its_maximum(tmp_path: Path) -> None:
    directory = write(tmp_path, {"nselib/data/w.lst": b"a" * MAXIMUM_FILE + b"end"})
    source = directory.source("nselib/data/w.lst")

    assert source is not None
    assert len(source.code) == MAXIMUM_FILE
