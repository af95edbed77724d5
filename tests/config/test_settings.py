"""Every fault of a configuration is said at once, with file, key and fault."""

import re
import tomllib
from pathlib import Path

import pytest

from nmapwatchd.config.settings import Settings, read_settings, settings_of
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.errors import OperatorError

SHIPPED = Path(__file__).parents[2] / "etc" / "nmapwatchd.toml"


def faults(**document: object) -> list[str]:
    with pytest.raises(OperatorError) as raised:
        settings_of(document, "conf")
    return [str(fault) for fault in raised.value.diagnostics]


def test_the_shipped_file_is_valid() -> None:
    assert read_settings(SHIPPED).interfaces == ("eth0",)


def test_the_shipped_file_tells_the_defaults() -> None:
    before_the_sinks = SHIPPED.read_text().partition("# Alert destinations.")[0]
    keys = re.findall(r"^(?:# )?(\[\w+\]|\w+ = .+)$", before_the_sinks, re.MULTILINE)

    settings = settings_of(tomllib.loads("\n".join(keys)), "shipped")

    told = {name for name in Settings.model_fields if name in settings.model_fields_set}
    assert told == set(Settings.model_fields) - {"sink", "authorised"}
    assert settings.window.model_fields_set == set(type(settings.window).model_fields)
    assert settings.evidence.model_fields_set == set(type(settings.evidence).model_fields)
    assert settings.spool.model_fields_set == set(type(settings.spool).model_fields)
    assert settings.model_copy(update={"interfaces": ()}) == Settings()


def test_the_defaults_are_the_core_s_own() -> None:
    assert Settings().policy == WindowPolicy()


def test_all_faults_are_told_at_once() -> None:
    said = faults(
        interfaces=["eth0/x"],
        window={"seconds": 0, "by": ["destination"]},
        sink=[{"kind": "syslog"}, {"kind": "journald", "path": "/x"}],
        authorised=[{"name": "audit", "from": "10.0.0.300"}],
        colour="red",
    )

    assert {line.split(": ")[1] for line in said} == {
        "interfaces[1]", "window.seconds", "window.by", "sink[1]", "sink[2]",
        "authorised[1].from", "colour",
    }  # fmt: skip


@pytest.mark.parametrize("network", [167_772_160, True, ["10.0.0.0/8", 5]])
def test_a_number_is_no_network(network: object) -> None:
    (said,) = faults(authorised=[{"name": "audit", "from": network}])

    assert said.endswith("is no address in quotation marks")


def test_a_file_that_nests_too_deeply_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "deep.toml"
    file.write_text(f"interfaces = {'[' * 5000}")

    with pytest.raises(OperatorError, match="recursion"):
        read_settings(file)


def test_an_unknown_key_is_named() -> None:
    assert faults(window={"secs": 3}) == ["conf: window.secs: unknown key"]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"window": 3}, "window: must be a table: [window]"),
        ({"sink": {"kind": "journald"}}, "sink: must be a table: [[sink]]"),
        ({"sink": [3]}, "sink[1]: must be a table: [[sink]]"),
        ({"interfaces": "eth0"}, "interfaces: must be a list: [ ... ]"),
        ({"window": {"by": "source"}}, "window.by: must be a list: [ ... ]"),
    ],
)
def test_a_value_of_another_shape_is_told_how_to_write_it(
    document: dict[str, object], fault: str
) -> None:
    assert faults(**document) == [f"conf: {fault}"]


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(OperatorError, match=r"^/no/such/file: No such file or directory$"):
        read_settings(Path("/no/such/file"))


def test_a_file_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("interfaces = [\n")

    with pytest.raises(OperatorError, match=r"broken\.toml: .*line 1|broken\.toml: .*end of doc"):
        read_settings(file)


@pytest.mark.parametrize(
    ("hours", "fault"),
    [
        ("sometimes", "is not like"),
        ("Xyz 02:00-05:00", '"Xyz" is none of'),
        ("Sun 02:00-05:00 Europe/Atlantis", "no time zone"),
        ("Sun 25:00-05:00", "hour must be in 0..23"),
    ],
)
def test_hours_that_cannot_be_read_are_told(hours: str, fault: str) -> None:
    (said,) = faults(authorised=[{"name": "a", "from": "10.0.0.1", "hours": hours}])

    assert fault in said
