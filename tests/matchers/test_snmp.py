"""What is read in SNMP requests."""

from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.core.observation import Fields, Transport
from nmapwatchd.matchers.snmp import MATCHER
from tests.building import observation

# As nmap 7.93 wrote them: snmp-win32-users, and snmp-brute.
USERS = bytes.fromhex(
    "302902010004067075626c6963a11c020300f46b020100020100300f300d06092b060104014d0102190500"
)
BRUTE = bytes.fromhex(
    "303402010004 13726d6f6e6d676d747569636f6d6d756e697479 a01a020202e4020100020100300e300c0608"
    "2b060102010103000500"
)
# As Net-SNMP's snmpwalk -v1 writes it.
WALK = bytes.fromhex(
    "302702010004067075626c6963a11a02046b8b4567020100020100300c300a06062b06010201010500"
)


def read(payload: bytes) -> Fields:
    return MATCHER.fields_of(observation(payload=payload, transport=Transport.UDP))


def accepts(payload: bytes) -> bool:
    return MATCHER.accepts(observation(payload=payload, transport=Transport.UDP))


def test_a_request_tells_community_kind_and_object() -> None:
    fields = read(USERS)

    assert fields["community"] == ("public",)
    assert fields["request"] == ("1",)
    assert fields["object"] == ("\x2b\x06\x01\x04\x01\x4d\x01\x02\x19",)


def test_a_request_id_of_the_clock_is_short() -> None:
    assert read(USERS)["short_id"] == ("1",)
    assert read(BRUTE)["short_id"] == ("1",)


def test_a_request_id_of_31_random_bits_is_not_short() -> None:
    assert read(WALK)["short_id"] == ("0",)


def test_requests_of_the_communities_asked_about_are_let_through() -> None:
    assert accepts(USERS)
    assert accepts(BRUTE)


def test_an_answer_is_not_let_through() -> None:
    assert not accepts(USERS.replace(b"\xa1\x1c", b"\xa2\x1c"))


@given(st.binary(max_size=120))
def test_any_bytes_are_read_without_raising(payload: bytes) -> None:
    assert isinstance(read(payload), dict)


@given(st.integers(min_value=0, max_value=len(USERS)))
def test_a_request_that_is_cut_off_is_read_without_raising(length: int) -> None:
    assert isinstance(read(USERS[:length]), dict)
