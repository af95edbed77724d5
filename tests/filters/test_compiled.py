"""The shipped catalogue fits into the kernel; one that does not is refused."""

import random
from dataclasses import replace

import pytest

from nmapwatchd.core import canary
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.bpf import MAXIMUM_INSTRUCTIONS
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.filters.headers import LINKS
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import ANYTHING, signature
from tests.filters.machine import run

# An instruction of classic BPF.
INSTRUCTION = 8  # bytes


def test_the_shipped_catalogue_leaves_space_for_a_sites_own_signatures() -> None:
    compiled = compile_filters(shipped_catalogue())

    assert max(map(len, compiled.kernel.values())) < 0.8 * MAXIMUM_INSTRUCTIONS * INSTRUCTION


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


def test_without_sources_is_the_program_that_also_drops_them() -> None:
    compiled = compile_filters(Catalogue.of([ANYTHING], []))
    raw_ip = canary.packet("0" * canary.TOKEN)

    assert compiled.without_sources(12, []) == compiled.kernel[12]
    assert run(compiled.without_sources(12, ["192.0.2.9"]), raw_ip).accepted
    assert not run(compiled.without_sources(12, [canary.SOURCE]), raw_ip).accepted
