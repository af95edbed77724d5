"""The defaults are the shipped file's and the core's, and every value is validated."""

import re
import tomllib
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from nmapwatchd.config.reader import read_settings, validate_settings
from nmapwatchd.config.settings import Settings, SpoolSettings
from nmapwatchd.core.attribution.allowlist import Authorisation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy
from nmapwatchd.filters.wrappings import Wrapping
from nmapwatchd.formats.escape import printable
from nmapwatchd.signatures.tuning import Adjustment
from tests.config.diagnostics import diagnostics

SHIPPED = Path(__file__).parents[2] / "etc" / "nmapwatchd.toml"


def test_the_shipped_file_is_valid() -> None:
    assert read_settings(SHIPPED).interfaces == ("eth0",)


def test_the_shipped_file_shows_the_defaults() -> None:
    before_the_sinks = SHIPPED.read_text().partition("[[sink]]")[0]
    keys = re.findall(r"^(?:# )?(\[\w+\]|\w+ = .+)$", before_the_sinks, re.MULTILINE)

    settings = validate_settings(tomllib.loads("\n".join(keys)), "shipped")

    shown = {name for name in Settings.model_fields if name in settings.model_fields_set}
    assert shown == set(Settings.model_fields) - {"sink", "authorised"}
    assert settings.window.model_fields_set == set(type(settings.window).model_fields)
    assert settings.evidence.model_fields_set == set(type(settings.evidence).model_fields)
    assert settings.spool.model_fields_set == set(type(settings.spool).model_fields)
    assert settings.model_copy(update={"interfaces": ()}) == Settings()


@pytest.mark.parametrize(
    ("value", "wrappings"),
    [
        ("auto", set(Wrapping)),
        (["vxlan", "gre"], {Wrapping.VXLAN, Wrapping.GRE}),
        ([], set()),
    ],
)
def test_what_to_look_into_is_auto_or_a_list(value: object, wrappings: set[Wrapping]) -> None:
    assert validate_settings({"unwrap": value}, "conf").wrappings == wrappings


@pytest.mark.parametrize("value", ["vxlan", 5, ["vxlan", "l2tp"], [5], ["vxlan", ["gre"]]])
def test_another_wrapping_is_one_error_that_lists_the_names(value: object) -> None:
    (text,) = diagnostics(unwrap=value)

    assert "unwrap: " in text
    assert "vxlan, gre, erspan, geneve, mpls, pppoe, ipip" in text


def test_the_defaults_are_the_core_s_own() -> None:
    assert Settings().policy == WindowPolicy()


def test_every_key_of_a_window_and_of_evidence_reaches_the_policy() -> None:
    settings = validate_settings(
        {
            "window": {
                "seconds": 31, "continue_seconds": 301, "by": ["source", "interface"],
                "maximum": 7, "scans_per_minute": 8,
            },
            "evidence": {"threshold": 50, "exclusive": 3, "strong": 2, "weak": 1},
        },
        "conf",
    )  # fmt: skip

    assert settings.policy == WindowPolicy(
        31, 301, ("source", "interface"), 50,
        {Confidence.EXCLUSIVE: 3, Confidence.STRONG: 2, Confidence.WEAK: 1}, 7, 8,
    )  # fmt: skip


@pytest.mark.parametrize("network", [167_772_160, True, ["10.0.0.0/8", 5]])
def test_a_number_is_not_a_network(network: object) -> None:
    (text,) = diagnostics(authorised=[{"name": "audit", "from": network}])

    assert text.endswith("is not an address in quotation marks")


def test_the_networks_of_a_mirror_port_are_of_ipv4() -> None:
    settings = validate_settings({"networks": ["10.1.0.0/16", "192.0.2.1"]}, "conf")

    assert settings.networks == (IPv4Network("10.1.0.0/16"), IPv4Network("192.0.2.1"))
    assert validate_settings({"networks": "10.1.0.0/16"}, "conf").networks == settings.networks[:1]


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        ("10.1.0.5/16", "10.1.0.5/16 has host bits set"),
        ("office", "'office' does not appear to be an IPv4 or IPv6 network"),
        (10, "10 is not an address in quotation marks"),
        ("0.0.0.0/0", "0.0.0.0/0 is the whole Internet, not the networks of a link"),
        ("fd00::/64", "fd00::/64 is not IPv4; the hop limit shows where IPv6 comes from"),
    ],
)
def test_what_is_no_network_of_a_link_is_refused(network: object, reason: str) -> None:
    (text,) = diagnostics(networks=[network])

    assert text == f"conf: networks: {reason}"


def test_an_authorised_scanner_reaches_the_allowlist() -> None:
    settings = validate_settings(
        {"authorised": [{"name": "audit", "from": ["10.0.0.1", "2001:db8::/32"]}]}, "conf"
    )

    assert settings.allowlist.authorisation_for("10.0.0.1", 0) == "audit"
    assert settings.allowlist.authorisation_for("2001:db8::1", 0) == "audit"
    assert settings.allowlist.authorisation_for("10.0.0.2", 0) == ""


def test_every_condition_reaches_the_allowlist() -> None:
    entry = {
        "name": "audit", "mac": ["52-54-00-AB-34-56", "52:54:00:ab:34:57"],
        "targets": ["10.0.9.0/24", "10.0.8.1"], "signatures": "http.*", "reason": "CHG-1234",
    }  # fmt: skip

    (found,) = validate_settings({"authorised": [entry]}, "conf").allowlist.authorisations

    assert found == Authorisation(
        "audit",
        macs=frozenset({"52:54:00:ab:34:56", "52:54:00:ab:34:57"}),
        targets=(IPv4Network("10.0.9.0/24"), IPv4Network("10.0.8.1")),
        signatures=("http.*",),
        reason="CHG-1234",
    )


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"mac": "zz"}, 'mac: "zz" is no hardware address'),
        ({"mac": ["52:54:00:ab:34:56", "52:54:00:ab:34"]},
         'mac: "52:54:00:ab:34" is no hardware address'),
        ({"mac": "52:54-00:ab:34:56"}, 'mac: "52:54-00:ab:34:56" is no hardware address'),
        ({"mac": 5}, "mac: 5 is no hardware address"),
        ({"mac": "ff:ff:ff:ff:ff:ff"},
         'mac: "ff:ff:ff:ff:ff:ff" is the address of a group, not of a host'),
        ({"mac": []}, "mac: is an empty list; leave the key out"),
        ({"from": []}, "from: is an empty list; leave the key out"),
        ({"from": "10.0.0.5", "targets": []}, "targets: is an empty list; leave the key out"),
        ({"from": "10.0.0.5", "targets": "10.0.0.5/8"}, "targets: 10.0.0.5/8 has host bits set"),
        ({"from": "10.0.0.5", "targets": 5}, "targets: 5 is not an address in quotation marks"),
        ({"from": "10.0.0.5", "signatures": [""]},
         "signatures: '' is not the id of a signature, nor a pattern"),
        ({"from": "10.0.0.5", "signatures": 5},
         "signatures: 5 is not the id of a signature, nor a pattern"),
        ({}, "from: missing, and so is mac"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_is_one_error(keys: dict[str, object], text: str) -> None:
    assert diagnostics(authorised=[{"name": "a", **keys}]) == [f"conf: authorised[1].{text}"]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"metrics_file": "metrics.prom"}, "metrics_file: 'metrics.prom' is not an absolute path"),
        ({"metrics_file": "/a\0b"}, r"metrics_file: '/a\x00b' is not an absolute path"),
        ({"runtime_directory": "run"}, "runtime_directory: 'run' is not an absolute path"),
        (
            {"spool": {"directory": "spool"}},
            "spool.directory: 'spool' is not an absolute path",
        ),
        (
            {"window": {"by": ["source", "colour"]}},
            "window.by: unknown key 'colour'; use ",
        ),
        ({"window": {"by": ["interface"]}}, 'window.by: must contain "source"'),
    ],
)
def test_an_invalid_value_is_reported_with_its_key(document: dict[str, object], text: str) -> None:
    (found,) = diagnostics(**document)

    assert found.startswith(f"conf: {text}")


@pytest.mark.parametrize(
    "path", [{"metrics_file": ""}, {"metrics_file": "/m.prom"}, {"spool": {"directory": "/s"}}]
)
def test_a_path_is_empty_or_absolute(path: dict[str, object]) -> None:
    assert validate_settings(path, "conf") is not None


_BOUNDS: list[tuple[str, str, int, int | None]] = [
    ("", "heartbeat_seconds", 0, 86_400),
    ("window", "seconds", 1, 86_400),
    ("window", "continue_seconds", 1, 86_400),
    ("window", "maximum", 1, 1_000_000),
    ("window", "scans_per_minute", 1, 1_000_000),
    ("evidence", "threshold", 1, None),
    ("evidence", "exclusive", 0, None),
    ("evidence", "strong", 0, None),
    ("evidence", "weak", 0, None),
    ("spool", "maximum_messages", 1, 1_000_000),
    ("spool", "maximum_mebibytes", 1, 16_384),
]


@pytest.mark.parametrize(("table", "key", "least", "most"), _BOUNDS)
def test_numbers_have_bounds(table: str, key: str, least: int, most: int | None) -> None:
    def document(value: int) -> dict[str, object]:
        return {table: {key: value}} if table else {key: value}

    name = f"{table}.{key}".lstrip(".")
    for value in (least, most if most is not None else 10**9):
        validate_settings(document(value), "conf")
    for value in (least - 1, *([most + 1] if most is not None else [])):
        (text,) = diagnostics(**document(value))
        assert text.startswith(f"conf: {name}: ")


def test_the_size_of_the_spool_is_in_mebibytes() -> None:
    assert SpoolSettings(maximum_mebibytes=3).maximum_bytes == 3 * 1024 * 1024


@pytest.mark.parametrize("name", ["eth0", "a" * 15, "br-lan.12", "0:alias"])
def test_names_of_interfaces_are_accepted(name: str) -> None:
    assert validate_settings({"interfaces": [name]}, "conf").interfaces == (name,)


@pytest.mark.parametrize(
    "name", ["", "eth 0", "eth0/x", "-eth0", "-", "/", ".", "..", "eth0\n", "\x1b[0m", "\ud800"]
)
def test_other_names_are_not(name: str) -> None:
    (text,) = diagnostics(interfaces=[name])

    assert text == f'conf: interfaces[1]: "{printable(name)}" is not the name of an interface'


@pytest.mark.parametrize("name", ["a" * 16, "é" * 8])
def test_a_name_that_the_kernel_cannot_hold_is_refused(name: str) -> None:
    (text,) = diagnostics(interfaces=[name])

    assert text == f'conf: interfaces[1]: "{name}" is longer than 15 bytes'


def test_an_interface_is_named_once() -> None:
    (text,) = diagnostics(interfaces=["eth0", "eth1", "eth0"])

    assert text == 'conf: interfaces: "eth0" is named twice'


TUNING = """\
disable = [
  "payload.hp-pjl",
  "http.trane-*",
]
[confidence]
"smb.native-lanman" = "weak"
"""


def test_an_adjustment_has_its_place(tmp_path: Path) -> None:
    file = tmp_path / "conf.toml"
    file.write_text(TUNING)

    assert read_settings(file).adjustments == (
        Adjustment("disable[1]", "payload.hp-pjl", None, str(file), 2),
        Adjustment("disable[2]", "http.trane-*", None, str(file), 3),
        Adjustment(
            "confidence.smb.native-lanman", "smb.native-lanman", Confidence.WEAK, str(file), 6
        ),
    )
    assert read_settings(file).model_copy(update={"interfaces": ("eth0",)}).adjustments


def test_without_the_text_an_adjustment_has_its_key() -> None:
    (found,) = validate_settings({"disable": ["http.trane-*"]}, "conf").adjustments

    assert (found.file, found.line, found.location) == ("conf", 0, "conf: disable[1]")
    assert Settings(disable=("http.*",)).adjustments[0].file == "configuration"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"disable": "http.*"}, "disable: must be a list: [ ... ]"),
        ({"disable": ["a.b", "A b"]}, 'disable[2]: "A b" is neither an id nor a pattern of ids'),
        ({"disable": ["a.b", 3]}, "disable[2]: Input should be a valid string"),
        ({"disable": [""]}, 'disable[1]: "" is neither an id nor a pattern of ids'),
        ({"confidence": "weak"}, 'confidence: must be a table: { "ID" = "weak" }'),
        (
            {"confidence": {"smb.a": "low"}},
            "confidence.smb.a: Input should be 'exclusive', 'strong' or 'weak'",
        ),
        (
            {"confidence": {"A_": "weak"}},
            'confidence.A_: "A_" is neither an id nor a pattern of ids',
        ),
        (
            {"confidence": {"smb": {"native-lanman": "weak"}}},
            'confidence: write the id in quotation marks: "smb.native-lanman"',
        ),
        (
            {"window": {"disable": []}},
            "window.disable: must be before the first [table] of the file",
        ),
    ],
)
def test_an_invalid_adjustment_is_reported_with_its_key(
    document: dict[str, object], text: str
) -> None:
    assert diagnostics(**document) == [f"conf: {text}"]


def test_adjustments_are_limited() -> None:
    (line,) = diagnostics(disable=["a.b"] * 2_001)

    assert line.startswith("conf: disable: ")
