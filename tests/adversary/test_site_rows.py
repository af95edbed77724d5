"""An operator's own signature is sound, or refused by file and line; nothing else suffers."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from nmapwatchd.commands import run
from nmapwatchd.config.settings import Settings
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.matching.expression import Check, Op, Term
from nmapwatchd.core.matching.rule_faults import MAXIMUM_ERRORS
from nmapwatchd.core.observation import Fields
from nmapwatchd.core.sighting import Evidence
from nmapwatchd.daemon.compiled_config import compile_config
from nmapwatchd.errors import OperatorError
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.loader import load_signatures, shipped_catalogue
from tests.building import ANYTHING, observation, signature
from tests.signatures.site import ROW

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: "
NMAP = observation(payload=HEAD + b"Nmap Scripting Engine\r\n\r\n")
OWN = observation(payload=HEAD + b"good\r\n\r\n")
GOOD = ROW.replace("audit", "good")

# Faults of a row: what is written instead of the match of `ROW`, and the line of the error.
FAULTS = {
    "a text compared as a number": ('user_agent.at_least = "abc"', 4),
    "a text compared as a numeral": ('user_agent.at_least = "5"', 4),
    "a number compared as a text": ("size.contains = 5", 4),
    "a number that is text": ('size.at_least = "5"', 4),
    "a number larger than its field": ("bytes_4_8.is = 0x1ffffffff", 4),
    "a number larger than a port": ("destination_port.is = 70000", 4),
    "a number with many digits": (f"size.is = 0x{'f' * 5000}", 4),
    "a negative number": ("size.is = -1", 4),
    "an empty part": ('user_agent.contains = ""', 4),
    "an empty pattern": ('user_agent.matches = ""', 4),
    "an invalid pattern": ('user_agent.matches = "("', 4),
    "a lookahead": ('user_agent.matches = "^(?!a)"', 4),
    "a back reference": (r"user_agent.matches = '(a)\1'", 4),
    "a large pattern": ('user_agent.matches = "((a{30}){30}){30}"', 4),
    "characters that the field cannot have": ('user_agent.is = "日本"', 4),
    "an unknown field": ('agent.is = "audit"', 4),
    "an example that does not match": ('user_agent.is = "other"', 8),
    "a near miss that matches": ('user_agent.starts = "audit"', 9),
    "a pattern that matches a near miss": ('user_agent.matches = "^a"', 9),
}


def written(directory: Path, *rows: str) -> Path:
    """Write a site's file; return a configuration that uses it."""
    (directory / "rows").mkdir()
    (directory / "rows" / "site.toml").write_text("".join(rows))
    conf = directory / "conf.toml"
    conf.write_text(f'interfaces = ["lo"]\nsignatures = ["{directory}/rows"]\n')
    return conf


def faulty(match: str) -> str:
    return ROW.replace('user_agent.is = "audit"', match)


def names(catalogue: Catalogue, payload: bytes) -> set[str]:
    return {m.signature.id for m in catalogue.match(observation(payload=payload))}


@pytest.mark.parametrize(("match", "line"), FAULTS.values(), ids=FAULTS)
def test_a_bad_row_is_refused_by_file_and_line_and_the_others_stay(
    tmp_path: Path, match: str, line: int
) -> None:
    """One bad row is refused by file and line, and every other row still matches."""
    written(tmp_path, faulty(match), GOOD)

    loaded = load_signatures([tmp_path / "rows"])

    assert {error.location for error in loaded.refused} == {f"site.toml:{line}"}
    assert names(loaded.catalogue, OWN.payload) == {"http.good"}
    assert "http.nse-user-agent" in names(loaded.catalogue, NMAP.payload)


def test_check_prints_every_fault_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` prints every fault of every row by file and line, without a traceback, and fails."""
    rows = [
        ROW.replace("http.audit", f"http.r{number}").replace('user_agent.is = "audit"', match)
        for number, (match, _) in enumerate(FAULTS.values())
    ]
    conf = written(tmp_path, *rows, GOOD, GOOD)
    lines = ROW.count("\n")

    assert main(["check", "--config", str(conf)]) == 1

    lines_printed = capsys.readouterr().err.splitlines()
    errors = [one.removeprefix("error: ") for one in lines_printed if one.startswith("error: ")]
    expected = {lines * number + line for number, (_, line) in enumerate(FAULTS.values())}
    expected.add(lines * (len(FAULTS) + 1) + 2)
    assert {f"site.toml:{line}" for line in expected} <= {one.partition(": ")[0] for one in errors}


def test_a_bad_row_does_not_keep_the_service_from_starting(tmp_path: Path) -> None:
    """The service starts without a bad row; a reload with one is refused and changes nothing."""
    written(tmp_path, faulty('user_agent.at_least = "abc"'), GOOD)

    config = compile_config(Settings(), load_signatures([tmp_path / "rows"]))

    assert names(config.catalogue, OWN.payload) == {"http.good"}
    assert [error.location for error in config.refused] == ["site.toml:4"]


def test_a_reload_with_a_bad_row_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload with a bad row is refused, so that the configuration in use stays."""
    conf = written(tmp_path, faulty('user_agent.at_least = "abc"'))
    readers: list[Callable[[], object]] = []

    class Started:
        def __init__(self, _config: object, read_config: Callable[[], object], _: object) -> None:
            readers.append(read_config)

        async def run(self) -> None:
            return

    monkeypatch.setattr(run, "Service", Started)
    assert main(["run", "--config", str(conf), "--output", "text"]) == 0

    with pytest.raises(OperatorError, match=r"^site\.toml:4: user_agent: at_least"):
        readers[0]()


def test_a_row_that_fixes_no_byte_is_left_out(tmp_path: Path) -> None:
    """A row that would pass every packet to user space is refused by its line, and left out."""
    row = ROW.replace("http.audit", "payload.audit").replace("user_agent.is", "payload.contains")
    row = row.replace('["audits"]', '["aud"]')
    written(tmp_path, row, GOOD)

    config = compile_config(Settings(), load_signatures([tmp_path / "rows"]))

    assert [error.location for error in config.refused] == ["site.toml:2"]
    assert names(config.catalogue, OWN.payload) == {"http.good"}


def test_values_that_multiply_do_not_stop_the_service(tmp_path: Path) -> None:
    """A row whose values have more combinations than can be compiled is refused at once."""
    lists = ", ".join(f"{name}.is = {[str(n) for n in range(99)]}" for name in ("uri", "host"))
    written(tmp_path, faulty(f"{lists}, method.is = {['GET'] * 99}"))
    start = time.monotonic()

    loaded = load_signatures([tmp_path / "rows"])

    assert {error.location for error in loaded.refused} == {"site.toml:4"}
    assert time.monotonic() - start < 5


def test_a_pattern_does_not_freeze_the_loop(tmp_path: Path) -> None:
    """No header makes a site's pattern take longer than in proportion to its length."""
    row = faulty('user_agent.matches = "(a+)+$"').replace('["audit"]', '["aaa"]')
    written(tmp_path, row.replace('["audits"]', '["aab"]'))
    catalogue = load_signatures([tmp_path / "rows"]).catalogue
    payload = HEAD + b"a" * 3_900 + b"!\r\n\r\n"
    names(catalogue, payload)  # builds the tables
    start = time.monotonic()

    assert names(catalogue, payload) == set()
    assert time.monotonic() - start < 0.5


@pytest.mark.parametrize("same_name", [True, False])
def test_an_id_that_is_used_twice_is_refused(tmp_path: Path, *, same_name: bool) -> None:
    """An id in two files, even of one name and at one line, is refused; the first row stays."""
    directories = [tmp_path / "a", tmp_path / "b"]
    for number, directory in enumerate(directories):
        directory.mkdir()
        (directory / f"site{number * (not same_name)}.toml").write_text(ROW)

    loaded = load_signatures(directories)

    assert len(loaded.refused) == 1
    assert "http.audit is already used at site0.toml:2" in str(loaded.refused[0])


def test_a_directory_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A configured directory that is missing or unreadable is an error, not an empty one."""
    (tmp_path / "file").touch()
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "directory.toml").mkdir()

    loaded = load_signatures([tmp_path / "gone", tmp_path / "file", tmp_path / "rows"])

    assert [str(error) for error in loaded.refused] == [
        f"{tmp_path}/gone: No such file or directory",
        f"{tmp_path}/file: Not a directory",
        f"{tmp_path}/rows/directory.toml: is not a regular file",
    ]


def failing(catalogue: Catalogue, name: str) -> Catalogue:
    """Return a catalogue in which one signature's check raises."""

    def fail(_: Fields) -> Evidence | None:
        raise ValueError("of the packet")

    def check(id_: str, compiled: Check) -> Check:
        return fail if id_ == name else compiled

    return Catalogue(
        tuple(
            replace(
                rules,
                checks=tuple(
                    check(one.id, compiled)
                    for one, compiled in zip(rules.signatures, rules.checks, strict=True)
                ),
            )
            for rules in catalogue.matcher_rules
        )
    )


def test_a_row_that_fails_takes_no_other_with_it() -> None:
    """A row that raises while it is evaluated is skipped; the others of its protocol match."""
    site = replace(signature("site"), id="http.site", matcher="http")
    site = replace(site, match=Term("user_agent", Op.CONTAINS, ("Nmap",)))
    rows = [*shipped_catalogue().signatures, site]
    detector = SignatureDetector(failing(Catalogue.of(MATCHERS.values(), rows), "http.site"), 30)

    for number in range(1, MAXIMUM_ERRORS + 10):
        sightings = detector.observe(NMAP)
        assert "http.nse-user-agent" in {one.rule.id for one in sightings}
        assert detector.rule_errors == min(number, MAXIMUM_ERRORS)

    assert detector.take_faults() == {"http.site": "ValueError: of the packet"}
    assert detector.take_faults() == {}


def test_a_protocol_that_cannot_be_read_takes_no_other_with_it() -> None:
    """A matcher that raises is skipped for the packet; the other matchers read it."""

    def fail(*_: object) -> Fields:
        raise ValueError("of the packet")

    broken = replace(ANYTHING, name="broken", read=fail)
    rows = [signature("loud"), replace(signature("x"), id="broken.x", matcher="broken")]
    catalogue = Catalogue.of([broken, ANYTHING], rows)

    assert names(catalogue, b"loud") == {"test.loud"}
    assert catalogue.faults.take_unreported() == {"broken": "ValueError: of the packet"}


def test_the_count_of_failures_survives_a_reload() -> None:
    """The counter of failed rows never goes back, so that a monitor sees each failure."""
    catalogue = failing(shipped_catalogue(), "http.nse-user-agent")
    detector = SignatureDetector(catalogue, 30)
    detector.observe(NMAP)

    reloaded = detector.reloaded(shipped_catalogue(), 30)

    assert (detector.rule_errors, reloaded.rule_errors) == (1, 1)
    assert reloaded.take_faults() == {}
