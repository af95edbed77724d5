from dataclasses import replace
from pathlib import Path

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Correlation
from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports import write
from nmapwatchd.exports.markdown import seen_on_the_wire
from nmapwatchd.signatures.loader import shipped_catalogue
from nmapwatchd.signatures.tuning import Adjustment, tune
from tests.building import ANYTHING, signature
from tests.golden import SEEN

DOCUMENT = Path(__file__).parents[2] / "docs" / "catalogue.md"


def test_the_document_is_what_the_command_writes() -> None:
    assert DOCUMENT.read_text() == write(shipped_catalogue(), "markdown"), "run: make documents"


def test_every_signature_has_a_section_with_its_match_and_source() -> None:
    page = write(shipped_catalogue(), "markdown")

    for row in shipped_catalogue().signatures:
        _, _, paragraph = page.partition(f"\n### {row.id}\n")
        paragraph = paragraph.partition("\n#")[0]
        assert row.source in paragraph
        assert "- detected by: " in paragraph
        assert ("; not captured" in paragraph) is (row.id not in seen_on_the_wire())


def test_every_captured_signature_exists() -> None:
    known = {row.id for row in shipped_catalogue().signatures}

    assert set(SEEN.read_text().split()) <= known
    assert len(seen_on_the_wire()) > 200


def test_nothing_of_a_signature_is_markup() -> None:
    row = signature("loud")
    page = write(Catalogue.of([Matcher(name="test", title="<b>*Test*")], [row]), "markdown")

    assert "\n## \\<b\\>\\*Test\\*\n" in page


def test_a_signature_is_a_section_with_its_facts() -> None:
    row = replace(
        signature("loud", Confidence.STRONG), tool="zmap", note="a *note*", since="7.80",
        also_sent_by=("a *scanner*", "a check"), shared=True,
        correlate=Correlation((), ("destination",), 3), options=("-a", "-b `c`"),
    )  # fmt: skip
    page = write(Catalogue.of([ANYTHING], [row]), "markdown")

    assert page.endswith(
        "\n### test.loud\n\nTitle of loud.\n\n"
        "- confidence: strong, adds up; not captured\n"
        "- zmap options: `-a`, `` -b `c` ``\n"
        "- detected by: payload contains `loud`, in 3 packets that differ in destination\n"
        "- source: `scripts/loud.nse`, since 7.80\n"
        "- also sent by: a \\*scanner\\*; a check\n"
        "- shared: tools that include nmap's probes send it, too\n"
        "- note: a \\*note\\*\n"
    )


def test_a_section_says_if_a_signature_is_less_certain_behind_a_router() -> None:
    row = replace(signature("loud"), off_link=Confidence.WEAK)
    page = write(Catalogue.of([ANYTHING], [row]), "markdown")

    behind = "behind a router weak, adds up for one target"
    assert f"- confidence: exclusive, alerts alone; {behind}; not captured" in page


def test_the_contents_count_signatures_by_protocol_and_confidence() -> None:
    rows = [signature("a"), signature("b", Confidence.WEAK), signature("c", Confidence.WEAK)]
    page = write(Catalogue.of([ANYTHING], rows), "markdown")

    assert "| protocol | exclusive | strong | weak | captured |\n" in page
    assert "| [Test](#test) | 1 | 0 | 2 | 0 |\n| all | 1 | 0 | 2 | 0 |\n" in page


def test_what_the_configuration_changes_is_marked_with_its_line() -> None:
    adjustments = [
        Adjustment("disable[1]", "payload.hp-pjl", None, "/etc/conf.toml", 12),
        Adjustment("confidence", "smb.native-lanman", Confidence.WEAK, "/etc/conf.toml", 13),
    ]
    everything, changes, _ = tune(shipped_catalogue(), adjustments)
    page = write(everything, "markdown", changes)

    section = page.partition("### payload.hp-pjl\n")[2].partition("\n#")[0]
    assert "\n- **off** by `conf.toml:12`\n" in section
    section = page.partition("### smb.native-lanman\n")[2].partition("\n#")[0]
    assert "- confidence: weak, adds up for one target; captured\n" in section
    assert "\n- confidence **changed** from exclusive by `conf.toml:13`\n" in section
    assert page.count("conf.toml") == 2
    assert "\n1 signature disabled and 1 signature with another confidence by conf" in page
