import json
from dataclasses import replace

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Op, Term
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports import FORMATS, write
from nmapwatchd.exports.listing import json_list, table
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.tuning import Adjustment, Change
from tests.building import ANYTHING, signature

ROWS = [signature("loud"), signature("a", Confidence.WEAK)]


def test_the_table_has_a_line_per_signature_in_columns() -> None:
    assert table(Catalogue.of([ANYTHING], ROWS)) == (
        "test.loud  exclusive  Title of loud\ntest.a     weak       Title of a\n"
    )


def changes(row: Signature, confidence: Confidence | None) -> dict[str, Change]:
    """Return a change of a row on line 12 of a configuration."""
    return {row.id: Change(row, Adjustment("key", row.id, confidence, "/etc/conf.toml", 12))}


def test_the_table_shows_what_is_off_or_changed_and_by_which_line() -> None:
    loud, a = ROWS
    lowered = replace(loud, confidence=Confidence.WEAK)

    assert table(
        Catalogue.of([ANYTHING], [lowered, a]),
        {**changes(loud, Confidence.WEAK), **changes(a, None)},
    ) == (
        "test.loud  weak       Title of loud (conf.toml:12, otherwise exclusive)\n"
        "test.a     off        Title of a (conf.toml:12)\n"
    )


def test_json_says_what_is_off_or_changed_and_by_which_line() -> None:
    loud, a = ROWS
    lowered = replace(loud, confidence=Confidence.WEAK)
    document = json_list(
        Catalogue.of([ANYTHING], [lowered, a]),
        {**changes(loud, Confidence.WEAK), **changes(a, None)},
    )

    keys = ("confidence", "enabled", "own_confidence", "changed_by")
    assert [[row[key] for key in keys] for row in json.loads(document)] == [
        ["weak", True, "exclusive", "conf.toml:12"],
        ["weak", False, "weak", "conf.toml:12"],
    ]


def test_an_empty_catalogue_is_an_empty_table_and_list() -> None:
    assert table(Catalogue.of([ANYTHING], [])) == ""
    assert json.loads(json_list(Catalogue.of([ANYTHING], []))) == []


SENDERS = ("another scanner",)


def test_json_has_the_keys_of_signature_files() -> None:
    match = AllOf((AnyOf((Term("payload", Op.IS, ("a", "b")),)), Term("size", Op.AT_LEAST, ("3",))))
    row = replace(ROWS[0], match=match, note="a note", also_sent_by=SENDERS, shared=True)

    assert json.loads(json_list(Catalogue.of([ANYTHING], [row]))) == [
        {
            "id": "test.loud",
            "title": "Title of loud",
            "confidence": "exclusive",
            "enabled": True,
            "own_confidence": "exclusive",
            "changed_by": "",
            "match": {
                "all": [{"any": [{"payload": {"is": ["a", "b"]}}]}, {"size": {"at_least": ["3"]}}]
            },
            "options": ["--script loud"],
            "source": "scripts/loud.nse",
            "note": "a note",
            "also_sent_by": ["another scanner"],
            "shared": True,
            "tool": "nmap",
        }
    ]


def test_every_format_is_written_and_ends_with_a_newline() -> None:
    assert FORMATS == ("table", "json", "markdown", "suricata", "wireshark", "alerts")
    for name in FORMATS:
        assert write(shipped_catalogue(), name).endswith("\n")
