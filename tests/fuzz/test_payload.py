"""Invariant: no payload and no output of tshark makes a matcher raise an error or hang."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Transport
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import observation
from tests.fuzz.damage import damaged
from tests.golden import goldens
from tests.mutations import records_of

CATALOGUE = shipped_catalogue()
FIELDS = sorted(CATALOGUE.decoded_fields())
# First messages of scanners and ordinary clients, a sample.
PAYLOADS = sorted(
    {
        record.data[at:][:400]
        for golden in goldens()[::2]
        for record in records_of(golden.path.read_bytes())[:40]
        for at in (42, 54, 66)
        if len(record.data) > at
    }
)[::5]
_TEXT = st.text(max_size=12) | st.integers().map(str) | st.sampled_from(["", "\x00", "1,2-3,0"])


@given(
    damaged(PAYLOADS) | st.binary(max_size=200),
    st.sampled_from(list(Transport)),
    st.dictionaries(st.sampled_from(FIELDS), st.lists(_TEXT, max_size=3).map(tuple), max_size=8),
    st.integers(0, 65_535),
)
def test_any_payload_gives_sightings_or_none(
    payload: bytes, transport: Transport, decoded: dict[str, tuple[str, ...]], port: int
) -> None:
    seen = observation(payload=payload, transport=transport, decoded=decoded, destination_port=port)

    for sighting in CATALOGUE.match(seen):
        assert sighting.signature.id
        assert all(isinstance(value, str) for _, value in sighting.evidence)
