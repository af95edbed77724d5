"""Describe what a signature matches, in words."""

from typing import assert_never

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Kind, Matcher
from nmapwatchd.core.matching.signature import Correlation

# Characters of a value that are shown; the first ones identify a longer value.
MAXIMUM_SHOWN = 72

_WORDS = {
    Op.IS: "is",
    Op.IS_NOT: "is not",
    Op.CONTAINS: "contains",
    Op.STARTS: "starts with",
    Op.ENDS: "ends with",
    Op.MATCHES: "matches",
    Op.AT_LEAST: "is at least",
    Op.AT_MOST: "is at most",
}


def in_words(expression: Expression, matcher: Matcher) -> str:
    """Return an expression as a phrase of Markdown."""
    match expression:
        case Term():
            return _term(expression, matcher)
        case AllOf(parts):
            return " and ".join(_grouped(part, matcher) for part in parts)
        case AnyOf(parts):
            return ", or ".join(_grouped(part, matcher) for part in parts)
        case _:
            assert_never(expression)


def correlation_in_words(correlate: Correlation) -> str:
    """Return a correlation as a phrase."""
    phrase = f"in {correlate.count} packets that differ in {_names(correlate.count_distinct)}"
    if correlate.group_by:
        phrase += f" and share {_names(correlate.group_by)}"
    if correlate.must_vary:
        phrase += f", with varying {_names(correlate.must_vary)}"
    if correlate.consecutive:
        phrase += f", each with two consecutive values of {_names((correlate.consecutive,))}"
    return phrase


def code(value: str) -> str:
    """Return a value as a code span, whatever characters it has."""
    fence = "``" if "`" in value else "`"
    blank = " " if "`" in value or value != value.strip() else ""
    return f"{fence}{blank}{value}{blank}{fence}"


def _names(names: tuple[str, ...]) -> str:
    return " and ".join(name.replace("_", " ") for name in names)


def _grouped(part: Expression, matcher: Matcher) -> str:
    text = in_words(part, matcher)
    return text if isinstance(part, Term) else f"({text})"


def _term(term: Term, matcher: Matcher) -> str:
    field = matcher.field_named(term.field)
    kind = Kind.TEXT if field is None else field.kind
    values = [_value(value, kind, term) for value in term.values]
    shown = values[0] if len(values) == 1 else f"one of {', '.join(values)}"
    return f"{term.field.replace('_', ' ')} {_WORDS[term.op]} {shown}"


def _value(value: str, kind: Kind, term: Term) -> str:
    if kind is Kind.NUMBER:
        number = int(value)
        decimal = term.op is not Op.IS or term.field in ("size", "destination_port", "source_port")
        return str(number) if decimal or number < 10 else f"{number} ({number:#x})"
    if not value:
        return "empty"
    text = _bytes(value) if kind is Kind.BYTES else "".join(map(_printable, value))
    return code(text if len(text) <= MAXIMUM_SHOWN else text[:MAXIMUM_SHOWN] + "…")


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _bytes(value: str) -> str:
    """Return bytes as signature files write them: text, and hexadecimal digits between bars."""
    out, hexadecimal = "", False
    for character in value:
        plain = character.isascii() and character.isprintable() and character != "|"
        if plain == hexadecimal:
            out += "|"
        elif hexadecimal:
            out += " "
        hexadecimal = not plain
        out += character if plain else f"{ord(character):02x}"
    return out + ("|" if hexadecimal else "")
