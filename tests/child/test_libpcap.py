"""libpcap is loaded with the types of its functions, and its errors have its own words."""

import ctypes

import pytest

from nmapwatchd.child.libpcap import (
    REJECT_ALL,
    FrameHeader,
    Instruction,
    PcapError,
    load_libpcap,
    set_filter,
)


@pytest.fixture
def handle() -> int:
    pcap = load_libpcap()
    pcap.pcap_open_dead.restype = ctypes.c_void_p
    found: int = pcap.pcap_open_dead(1, 65_535)
    return found


def test_structures_have_the_sizes_of_the_headers() -> None:
    assert ctypes.sizeof(Instruction) == 8
    assert ctypes.sizeof(FrameHeader) == 2 * ctypes.sizeof(ctypes.c_long) + 8


def test_a_refused_filter_is_an_error_in_libpcap_s_words(handle: int) -> None:
    with pytest.raises(PcapError, match="pcap_open_dead"):  # such a handle takes no filter
        set_filter(load_libpcap(), handle, REJECT_ALL)


def test_a_handle_has_its_link_type(handle: int) -> None:
    assert load_libpcap().pcap_datalink(handle) == 1
