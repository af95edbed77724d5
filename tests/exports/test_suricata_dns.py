import pytest

from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.observation import Transport
from nmapwatchd.exports.suricata_dns import split
from nmapwatchd.exports.suricata_language import InexpressibleError
from nmapwatchd.matchers import MATCHERS


def term(field: str, value: str, op: Op = Op.IS) -> Term:
    return Term(field, op, (value,))


def translated(*terms: Term, over: Transport = Transport.UDP) -> list[str]:
    _, keywords = split(terms, MATCHERS["dns"], over)
    return [one.text for one in keywords]


def test_terms_of_a_dns_request_are_taken_out() -> None:
    terms = [term("id", "1"), term("name", "a"), term("payload", "x"), term("additional", "0")]
    rest, keywords = split(terms, MATCHERS["dns"], Transport.UDP)

    assert list(rest) == [terms[0], terms[2]]
    assert len(keywords) == 2


def test_a_matcher_without_dns_has_nothing_taken_out() -> None:
    terms = [term("name", "a"), term("flags", "1")]

    assert split(terms, MATCHERS["netbios"], Transport.UDP) == (terms, [])


def test_the_count_and_the_question_follow_the_length_over_tcp() -> None:
    terms = term("name", "a"), term("additional", "1")

    assert translated(*terms) == [
        'content:"|00 01|"; offset:10; depth:2;',
        'content:"|01|a|00|"; offset:12; depth:3;',
    ]
    assert translated(*terms, over=Transport.TCP) == [
        'content:"|00 01|"; offset:12; depth:2;',
        'content:"|01|a|00|"; offset:14; depth:3;',
    ]


def test_a_question_is_its_labels_type_and_class() -> None:
    whole = term("name", "id.server"), term("type", "16"), term("class", "3")

    assert translated(*whole) == [
        'content:"|02|id|06|server|00 00 10 00 03|"; offset:12; depth:15;',
    ]
    assert translated(whole[0], whole[1]) == [
        'content:"|02|id|06|server|00 00 10|"; offset:12; depth:13;',
    ]


def test_a_class_without_a_type_follows_two_bytes_after_the_name() -> None:
    assert translated(term("class", "3"), term("name", "a")) == [
        'content:"|01|a|00|"; offset:12; depth:3; content:"|00 03|"; distance:2; within:2;',
    ]


def test_the_root_is_an_empty_name() -> None:
    assert translated(term("name", ""), term("type", "2")) == [
        'content:"|00 00 02|"; offset:12; depth:3;',
    ]


def test_the_end_of_a_name_is_at_any_offset() -> None:
    assert translated(term("name", ".nmap.org", Op.ENDS)) == ['content:"|04|nmap|03|org|00|";']


@pytest.mark.parametrize(
    "terms", [[term("type", "252")], [term("name", "a", Op.STARTS), term("class", "1")]]
)
def test_a_type_after_an_unknown_name_cannot_be_expressed(terms: list[Term]) -> None:
    with pytest.raises(InexpressibleError, match="follows a name of unknown length"):
        translated(*terms)
