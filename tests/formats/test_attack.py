"""Techniques and tactics are those that MITRE ATT&CK defines."""

import pytest

from nmapwatchd.formats.attack import TECHNIQUES, tactics, technique_name, technique_page
from nmapwatchd.signatures.loader import shipped_catalogue


def test_every_technique_of_the_catalogue_is_known() -> None:
    used = {id_ for row in shipped_catalogue().signatures for id_ in row.techniques}

    assert used == set(TECHNIQUES)


def test_a_technique_has_its_name_page_and_tactic() -> None:
    assert technique_name("T1046") == "Network Service Discovery"
    assert technique_page("T1046") == "https://attack.mitre.org/techniques/T1046/"
    (tactic,) = tactics(["T1046", "T1046"])
    assert (tactic.id, tactic.name) == ("TA0007", "Discovery")
    assert tactic.page == "https://attack.mitre.org/tactics/TA0007/"


@pytest.mark.parametrize(("technique", "page"), [("T9999", "T9999/"), ("T9999.001", "T9999/001/")])
def test_of_a_technique_of_the_site_only_the_id_is_known(technique: str, page: str) -> None:
    assert technique_name(technique) == technique
    assert technique_page(technique) == f"https://attack.mitre.org/techniques/{page}"
    assert tactics([technique]) == []
