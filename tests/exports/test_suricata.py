import re
from dataclasses import replace

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Correlation, Signature
from nmapwatchd.core.rule import Confidence
from nmapwatchd.exports import write
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import signature

RULES = write(shipped_catalogue(), "suricata")


def term(field: str, value: str, op: Op = Op.IS) -> Term:
    return Term(field, op, (value,))


def both(*parts: Expression) -> Expression:
    return AllOf(parts)


def row(matcher: str, match: Expression) -> Signature:
    return replace(signature("loud"), id=f"{matcher}.loud", matcher=matcher, match=match)


def lines(matcher: str, match: Expression) -> list[str]:
    text = write(Catalogue.of([MATCHERS[matcher]], [row(matcher, match)]), "suricata")
    return [line for line in text.splitlines() if line.startswith("alert ")]


def keywords_of(matcher: str, match: Expression) -> str:
    (rule,) = lines(matcher, match)
    return rule.partition("; ")[2].partition(" threshold:")[0]


@pytest.mark.parametrize(
    ("matcher", "match", "keywords"),
    [
        (
            "payload",
            both(term("transport", "tcp"), term("payload", "a b\r\n|")),
            'flow:to_server; dsize:6; content:"a|20|b|0d 0a 7c|"; startswith;',
        ),
        (
            "payload",
            both(term("transport", "udp"), term("size", "9"), term("payload", "ab", Op.STARTS)),
            'dsize:9; content:"ab"; startswith;',
        ),
        (
            "tcp",
            both(term("flags", "2"), term("header_length", "24"), term("window", "1024")),
            ("tcp.hdr; byte_test:2,=,2,12,bitmask 0xfff; byte_test:1,=,6,12,bitmask 0xf0; "
            'content:"|04 00|"; offset:14; depth:2;'),
        ),
        (
            "tcp",
            both(term("dont_fragment", "0"), term("ttl", "30", Op.AT_LEAST)),
            "ipv4.hdr; byte_test:1,=,0,6,bitmask 0x40; byte_test:1,>=,30,8;",
        ),
        (
            "icmp",
            both(term("type", "8"), term("code", "9"), term("sequence", "295")),
            ('icmpv4.hdr; content:"|08|"; offset:0; depth:1; content:"|09|"; offset:1; depth:1; '
            'content:"|01 27|"; offset:6; depth:2;'),
        ),
        (
            "http",
            both(term("uri", "/a", Op.STARTS), term("header_set", "host,user-agent")),
            ('flow:to_server; http.header_names; bsize:22; content:"|0d 0a|host|0d 0a|"; nocase; '
            'content:"|0d 0a|user|2d|agent|0d 0a|"; nocase; http.uri.raw; '
            'content:"|2f|a"; startswith;'),
        ),
        (
            "dns",
            both(term("transport", "udp"), term("id", "57005"), term("flags", "256"),
                 term("name", "a.bc"), term("type", "16"), term("class", "3")),
            ('content:"|01 00 00 01|"; offset:2; depth:4; '
            'content:"|01|a|02|bc|00 00 10 00 03|"; offset:12; depth:10; '
            'content:"|de ad|"; offset:0; depth:2; content:"|01 00|"; offset:2; depth:2;'),
        ),
        (
            "dns",
            both(term("transport", "udp"), term("flags", "256"), term("name", "a.bc"),
                 term("class", "3")),
            ('content:"|01 00 00 01|"; offset:2; depth:4; content:"|01|a|02|bc|00|"; offset:12; '
            'depth:6; content:"|00 03|"; distance:2; within:2; '
            'content:"|01 00|"; offset:2; depth:2;'),
        ),
        (
            "tls",
            both(term("transport", "udp"), term("ciphers", "\x00\x2f\x00\x0a")),
            ('content:"|16 03|"; offset:0; depth:2; content:"|01|"; offset:5; depth:1; '
            'byte_jump:1,43; content:"|00 04 00 2f 00 0a|"; distance:0; within:6;'),
        ),
        (
            "rdp",
            term("cookie", "mstshash=a"),
            ('flow:to_server; content:"|03 00|"; offset:0; depth:2; '
            'content:"|e0|"; offset:5; depth:1; content:"mstshash|3d|a"; '
            'pcre:"/\\A.{11}Cookie\\x3a mstshash\\x3da\\r\\n/ms";'),
        ),
        (
            "tds",
            term("client", "ab"),
            ('flow:to_server; content:"|10 01|"; offset:0; depth:2; '
            'content:"|00 00|"; offset:4; depth:2; byte_test:2,=,2,46,little; '
            'byte_jump:2,44,little,from_beginning,post_offset 8; '
            'content:"a|00|b|00|"; distance:0; within:4;'),
        ),
        (
            "smb2",
            both(term("credits", "0"), term("dialects", "\x02\x02")),
            ('flow:to_server; content:"|fe|SMB|40 00|"; offset:4; depth:6; '
            'content:"|00 00|"; offset:16; depth:2; content:"|00|"; offset:20; depth:1; '
            'content:"|00 00|"; offset:18; depth:2; content:"|01 00|"; offset:70; depth:2; '
            'content:"|02 02|"; offset:104; depth:2;'),
        ),
    ],
)  # fmt: skip
def test_a_match_is_translated_to_keywords(matcher: str, match: Expression, keywords: str) -> None:
    assert keywords_of(matcher, match) == keywords


@pytest.mark.parametrize(
    ("op", "ports"), [(Op.IS, "554"), (Op.AT_LEAST, "554:"), (Op.AT_MOST, ":554")]
)
def test_a_rules_head_has_the_ports(op: Op, ports: str) -> None:
    match = both(
        term("transport", "tcp"), term("destination_port", "554", op), term("payload", "ab")
    )

    (rule,) = lines("payload", match)

    assert rule.startswith(f"alert tcp any any -> any {ports} (")


def test_a_value_in_a_line_is_compared_in_that_line_only() -> None:
    rules = lines("irc", term("nick", "a.b"))

    assert len(rules) == 3, "one for each opening"
    assert all('pcre:"/^NICK a\\x2eb\\r?$/ms";' in rule for rule in rules)


def test_a_realm_is_compared_with_its_tags_and_lengths() -> None:
    rules = lines("kerberos", both(term("transport", "udp"), term("realm", "AB")))

    assert all('content:"|a2 04 1b 02|AB";' in rule for rule in rules)


def test_a_header_is_compared_by_all_its_names() -> None:
    (rule, *_) = lines("sip", both(term("transport", "udp"), term("from", "a", Op.STARTS)))

    assert 'pcre:"/^(?i:from|f)[ \\t]*:[ \\t]*a/ms";' in rule


def test_many_openings_are_one_pattern() -> None:
    keywords = keywords_of("http", term("payload", "ab", Op.CONTAINS))

    assert keywords.startswith('flow:to_server; pcre:"/\\A(?:(?=GET\\x20)|(?=POST)|')
    assert keywords.endswith('|(?=.{4}\\x20\\x2f))/ms"; content:"ab";')


def test_an_opening_that_a_term_excludes_is_no_rule() -> None:
    rules = lines("tns", term("connect_data", "ab", Op.CONTAINS))

    assert len(rules) == 1
    assert 'content:"|00 00 01 00|"; offset:2; depth:4;' in rules[0]


def test_a_value_without_placement_has_no_rule_but_a_reason() -> None:
    text = write(
        Catalogue.of([MATCHERS["smb"]], [row("smb", term("native_os", "Nmap"))]), "suricata"
    )

    assert "# smb.loud: Suricata cannot locate native_os" in text


def test_each_alternative_of_a_match_is_a_rule() -> None:
    either = AnyOf((term("payload", "one"), term("payload", "two")))

    assert len(lines("payload", both(term("transport", "tcp"), either))) == 2


def test_a_destination_port_is_in_the_head_of_a_rule() -> None:
    (rule,) = lines("misplaced", both(term("payload", "HELP"), term("destination_port", "21")))

    assert rule.startswith("alert tcp any any -> any 21 (")


def test_a_rule_alerts_once_for_a_scan() -> None:
    rules = [line for line in RULES.splitlines() if "alert " in line[:8]]

    assert len(rules) > 500
    assert all("threshold:type limit, track by_src, seconds 30, count 1;" in r for r in rules)


def test_what_other_software_sends_is_commented_out() -> None:
    alone = {
        r.id: r.confidence is Confidence.EXCLUSIVE and r.off_link is None
        for r in shipped_catalogue().signatures
    }
    named = re.compile(r"^(# )?alert .*metadata:nmapwatchd (\S+);", re.MULTILINE)

    for off, name in named.findall(RULES):
        assert bool(off) is not alone[name]


def test_every_signature_is_a_rule_or_is_left_out_with_its_reason() -> None:
    rules, _, left_out = RULES.partition("# Left out:\n")

    for known in shipped_catalogue().signatures:
        ruled = f"metadata:nmapwatchd {known.id};" in rules
        reasoned = re.search(rf"^# {re.escape(known.id)}: \S", left_out, re.MULTILINE) is not None
        assert ruled is not reasoned, known.id


def test_a_correlation_has_no_rule_but_a_reason() -> None:
    several = replace(signature("loud"), correlate=Correlation((), ("destination",), 2))
    text = write(Catalogue.of([Matcher(name="test", title="Test")], [several]), "suricata")

    assert "# test.loud: it correlates several packets" in text


def test_a_negative_comparison_has_no_rule_but_a_reason() -> None:
    match = AnyOf(
        (Term("payload", Op.IS, ("a",)), Term("destination_port", Op.IS_NOT, ("80", "81")))
    )
    row = replace(signature("loud"), match=match)
    text = write(Catalogue.of([Matcher(name="test", title="Test")], [row]), "suricata")

    assert "# test.loud: destination_port is compared with what it must not be" in text


def test_no_two_rules_share_a_number() -> None:
    numbers = re.findall(r"; sid:(\d+);", RULES)

    assert len(numbers) == len(set(numbers))


def test_a_rule_keeps_its_number_when_others_are_added() -> None:
    loud = row("payload", both(term("transport", "tcp"), term("payload", "one")))
    other = replace(loud, id="payload.earlier")
    alone = write(Catalogue.of([MATCHERS["payload"]], [loud]), "suricata")
    together = write(Catalogue.of([MATCHERS["payload"]], [other, loud]), "suricata")

    assert re.findall(r"sid:\d+", alone)[0] in together


def test_nothing_in_a_title_ends_its_text() -> None:
    named = replace(row("payload", term("payload", "one")), title='a "b"; c\\d')
    text = write(Catalogue.of([MATCHERS["payload"]], [named]), "suricata")

    assert """(msg:"nmap: a 'b'. c,d"; """ in text


def test_every_rule_closes_what_it_opens() -> None:
    for line in RULES.splitlines():
        if "alert " in line[:8]:
            assert line.endswith("rev:1;)")
            assert line.count('"') % 2 == 0
            assert (
                re.search(r'content:"[A-Za-z0-9| ]+"', line)
                or "byte_test" in line
                or "pcre" in line
            )
