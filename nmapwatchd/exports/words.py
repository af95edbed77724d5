"""Says in words what a signature asks for."""

from typing import assert_never

from nmapwatchd.core.matching.expression import AllOf, AnyOf, Expression, Op, Term
from nmapwatchd.core.matching.matcher import Kind, Matcher
from nmapwatchd.core.matching.signature import Correlation

# Letters of a value that are shown; of a longer one, its beginning is enough to know it by.
MAXIMUM_SHOWN = 72

_WORDS = {
    Op.IS: "is",
    Op.CONTAINS: "contains",
    Op.STARTS: "begins with",
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
    """Return what several packets must show together as a phrase."""
    phrase = f"in {correlate.count} packets that differ in {_names(correlate.count_distinct)}"
    if correlate.group_by:
        phrase += f" and agree in {_names(correlate.group_by)}"
    if correlate.must_vary:
        phrase += f", with more than one {_names(correlate.must_vary)} among them"
    return phrase


def code(value: str) -> str:
    """Return a value as a code span that no letter of it can end."""
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
        return "nothing"
    text = _bytes(value) if kind is Kind.BYTES else "".join(map(_letter, value))
    return code(text if len(text) <= MAXIMUM_SHOWN else text[:MAXIMUM_SHOWN] + "…")


def _letter(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def _bytes(value: str) -> str:
    """Write bytes as signature files do: text, and hexadecimal digits between bars."""
    out, hexadecimal = "", False
    for letter in value:
        plain = letter.isascii() and letter.isprintable() and letter != "|"
        if plain == hexadecimal:
            out += "|"
        elif hexadecimal:
            out += " "
        hexadecimal = not plain
        out += letter if plain else f"{ord(letter):02x}"
    return out + ("|" if hexadecimal else "")
