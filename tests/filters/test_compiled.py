"""The shipped catalogue fits the kernel; one that does not is refused."""

import pytest

from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.errors import OperatorError
from nmapwatchd.filters.bpf import MAXIMUM_INSTRUCTIONS
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import ANYTHING, signature

# An instruction of classic BPF.
INSTRUCTION = 8  # bytes


def test_the_shipped_catalogue_leaves_room_for_a_site_s_own() -> None:
    compiled = compile_filters(shipped_catalogue())

    assert max(map(len, compiled.kernel.values())) < 0.8 * MAXIMUM_INSTRUCTIONS * INSTRUCTION


def test_a_signature_that_would_open_the_whole_wire_is_refused() -> None:
    with pytest.raises(OperatorError, match=r"no byte is fixed by .* test\.loud"):
        compile_filters(Catalogue.of([ANYTHING], [signature("loud")]))
