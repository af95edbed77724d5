"""The shipped catalogue fits into the kernel; one that does not is refused."""

import random
from dataclasses import replace

import pytest

from nmapwatchd.core import canary
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.observation import Transport
from nmapwatchd.core.shedding import MAXIMUM_SOURCES, NONE_SHED, ShedSources
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.bpf import INSTRUCTION, MAXIMUM_INSTRUCTIONS, Code
from nmapwatchd.filters.clauses import Comparison, Operand
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.filters.headers import LINKS, PAYLOAD
from nmapwatchd.matchers import MATCHERS
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import ANYTHING, signature
from tests.filters.machine import run


def test_the_shipped_catalogue_leaves_space_for_a_sites_own_signatures() -> None:
    words = [f"{number * 7919:08x} site" for number in range(100)]
    site = [
        replace(signature(word), matcher="payload", match=Term("payload", Op.STARTS, (word,)))
        for word in words
    ]
    catalogue = Catalogue.of(MATCHERS.values(), (*shipped_catalogue().signatures, *site))

    compiled = compile_filters(catalogue)

    assert max(map(len, compiled.kernel.values())) <= MAXIMUM_INSTRUCTIONS * INSTRUCTION


def test_of_too_many_sources_to_block_the_first_are_blocked() -> None:
    compiled = compile_filters(shipped_catalogue())
    sources = tuple(f"2001:db8::{number:x}" for number in range(1, 101))

    program = compiled.shedding(1, ShedSources(blocked=sources))

    assert program == compiled.shedding(1, ShedSources(blocked=sources[:50]))
    assert program != compiled.kernel[1]


def test_a_signature_that_fixes_no_byte_is_refused() -> None:
    with pytest.raises(OperatorError, match=r"^signatures: test\.loud: match: fixes no byte"):
        compile_filters(Catalogue.of([ANYTHING], [signature("loud")]))


def test_a_site_signature_that_fixes_no_byte_is_refused_by_its_line() -> None:
    rows = [replace(signature(name), location=f"site.toml:{name}") for name in "12"]

    with pytest.raises(OperatorError) as raised:
        compile_filters(Catalogue.of([ANYTHING], rows))

    assert [one.location for one in raised.value.diagnostics] == ["site.toml:1", "site.toml:2"]


def test_a_catalogue_too_long_for_the_kernel_is_refused() -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    values = tuple(chance.randbytes(4).decode("latin-1") for _ in range(4_000))
    many = replace(signature("many"), match=Term("payload", Op.STARTS, values))

    with pytest.raises(OperatorError, match=r"signatures: \d+ instructions; the kernel takes 4096"):
        compile_filters(Catalogue.of([ANYTHING], [many]))


def test_every_link_has_a_program_that_passes_the_canary() -> None:
    compiled = compile_filters(Catalogue.of([ANYTHING], []))
    ethernet = bytes(12) + b"\x08\x00" + canary.packet("0" * canary.TOKEN)

    assert compiled.kernel.keys() == LINKS.keys()
    assert run(compiled.kernel[1], ethernet).accepted
    assert run(compiled.kernel[12], ethernet[14:]).accepted


def test_the_program_that_sheds_sources_drops_what_is_not_distinctive_of_them() -> None:
    compiled = compile_filters(Catalogue.of([ANYTHING], []))
    raw_ip = canary.packet("0" * canary.TOKEN)

    def passes(sources: ShedSources) -> bool:
        return run(compiled.shedding(12, sources), raw_ip).accepted

    assert compiled.shedding(12, NONE_SHED) == compiled.kernel[12]
    assert passes(ShedSources(limited=("192.0.2.9",), blocked=("192.0.2.8",)))
    assert not passes(ShedSources(limited=(canary.SOURCE,)))
    assert not passes(ShedSources(blocked=(canary.SOURCE,)))


@pytest.mark.parametrize("address", ["10.0.0.{}", "2001:db8::{:x}"])
def test_the_shipped_catalogue_leaves_space_to_limit_as_many_sources_as_are_shed(
    address: str,
) -> None:
    compiled = compile_filters(shipped_catalogue())
    sources = tuple(address.format(number) for number in range(MAXIMUM_SOURCES))

    for link in LINKS:
        assert compiled.shedding(link, ShedSources(limited=sources)) != compiled.shedding(
            link, ShedSources(blocked=sources)
        )


def test_if_the_program_would_be_too_long_limited_sources_are_blocked() -> None:
    compiled = compile_filters(Catalogue.of([ANYTHING], []))
    word = Operand(PAYLOAD, 4, 4)
    many = [frozenset({Comparison(word, Code.JEQ, 7 * n)}) for n in range(MAXIMUM_INSTRUCTIONS)]
    too_long = replace(compiled, distinctive={**compiled.distinctive, Transport.UDP: many})
    sources = ("10.0.0.5", "10.0.0.6")

    program = too_long.shedding(1, ShedSources(sources[:1], sources[1:]))

    assert program == compiled.shedding(1, ShedSources(blocked=sources))
