"""A capture file is read, or refused by one clear error; none is skipped in silence."""

import gzip
import re
import struct
from pathlib import Path

import pytest

from nmapwatchd.cli import main
from tests.frames import frame, frames_of

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 10.0.0.8\r\n"
    b"User-Agent: Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"
    b"\r\n\r\n"
)
ETHERNET = frame(REQUEST)
IP = ETHERNET[14:]
# What precedes IP on links that libpcap or only tshark reads, by link type.
_SNAP = b"\xaa\xaa\x03\0\0\0\x08\x00"
_WLAN = b"\x08\x01\0\0" + bytes(18) + b"\0\0" + _SNAP
LINKS = {
    "null": (0, b"\x02\0\0\0"),
    "ppp": (9, b"\xff\x03\0\x21"),
    "serial ppp": (50, b"\xff\x03\0\x21"),
    "raw": (101, b""),
    "hdlc": (104, b"\x0f\0\x08\0"),
    "wlan": (105, _WLAN),
    "loop": (108, b"\0\0\0\x02"),
    "cooked": (113, b"\0\0\0\x01\0\x06" + bytes(8) + b"\x08\0"),
    "pflog": (117, b"\x3d\x02\0\0" + b"eth0".ljust(16, b"\0") + bytes(44)),
    "prism": (119, b"\0\0\0\x44\0\0\0\x90" + bytes(136) + _WLAN),
    "radiotap": (127, b"\0\0\x08\0\0\0\0\0" + _WLAN),
    "avs": (163, b"\x80\x21\x10\x01\0\0\0\x40" + bytes(56) + _WLAN),
    "ppi": (192, b"\0\0\x08\0\x01\0\0\0" + ETHERNET[:14]),
    "cooked-2": (276, b"\x08\0\0\0\0\0\0\x01\0\x01\0\x06" + bytes(8)),
}
USB = 189
# The sentence about the scan; not every link has a MAC address.
BEGUN = re.compile(r"10\.0\.0\.5 (\(MAC [^)]*\) )?has begun an nmap scan of 10\.0\.0\.8, tcp 80: ")


def pcap(link: int, data: bytes, *, magic: int = 0xA1B2C3D4, order: str = "<") -> bytes:
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262_144, link)
    extra = bytes(8) if magic == 0xA1B2CD34 else b""  # modified pcap's interface and protocol
    return head + struct.pack(order + "IIII", 1_795_348_800, 0, len(data), len(data)) + extra + data


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = 12 + len(body)
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def section(*interfaces: tuple[int, int], order: str = "<", packet: bytes = ETHERNET) -> bytes:
    """Return a section of pcapng whose last interface captured a packet."""
    head = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    described = b"".join(
        block(1, struct.pack(order + "HHI", link, 0, snapshot), order)
        for link, snapshot in interfaces
    )
    at = divmod(1_795_348_800_000_000, 1 << 32)
    sizes = (len(packet), len(packet))
    body = struct.pack(order + "IIIII", len(interfaces) - 1, *at, *sizes) + packet
    return head + described + block(6, body, order)


def replay(directory: Path, data: bytes) -> int:
    file = directory / "file"
    file.write_bytes(data)
    return main(["replay", str(file)])


@pytest.mark.parametrize(("link", "head"), LINKS.values(), ids=LINKS)
def test_every_link_that_carries_ip_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], link: int, head: bytes
) -> None:
    """The scan in a file is named, whatever link it was captured on."""
    assert replay(tmp_path, pcap(link, head + IP)) == 0

    assert BEGUN.match(capsys.readouterr().out)


FORMS = {
    "big-endian": pcap(1, ETHERNET, order=">"),
    "nanoseconds": pcap(1, ETHERNET, magic=0xA1B23C4D),
    "modified": pcap(1, ETHERNET, magic=0xA1B2CD34),
    "pcapng": section((1, 262_144)),
    "different snapshot lengths": section((1, 65_535), (1, 262_144)),
    "different links": section((101, 0), (1, 0)),
    "different byte orders": section((1, 0), order=">") + section((1, 0)),
    "a link without packets that are decoded": section((USB, 0), (1, 0)),
    "gzip": gzip.compress(pcap(1, ETHERNET)),
    "pcapng in gzip": gzip.compress(section((1, 65_535), (1, 262_144))),
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS)
def test_every_form_of_a_capture_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    """The scan in a file is named, whichever program wrote or merged the file."""
    assert replay(tmp_path, data) == 0

    assert BEGUN.match(capsys.readouterr().out)


OTHERS = {
    "text": b"hello",
    "a long text": b"hello, this is no capture\n" * 9,
    "json": b'{"a": 1}\n',
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(90),
    "a short header": pcap(1, b"")[:20],
    "text in gzip": gzip.compress(b"hello"),
    "the start of gzip": gzip.compress(pcap(1, ETHERNET))[:12],
    "zstd": b"\x28\xb5\x2f\xfd" + bytes(30),
    "usb": pcap(USB, bytes(64)),
    "empty": b"",
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_what_is_no_capture_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    """A file that is no capture, or none that can be decoded, is one error and exit status 1."""
    assert replay(tmp_path, data) == 1

    printed = capsys.readouterr()
    errors = [line for line in printed.err.splitlines() if "info" not in line]
    assert len(errors) == 1
    assert " error " in errors[0]
    assert printed.out == ""


TRUNCATED = {
    "pcap": pcap(1, ETHERNET) * 1 + pcap(1, ETHERNET)[24:-7],
    "pcapng": section((1, 0)) + block(6, bytes(60))[:30],
    "gzip": gzip.compress(pcap(1, ETHERNET))[:-4],
}


@pytest.mark.parametrize("data", TRUNCATED.values(), ids=TRUNCATED)
def test_a_truncated_capture_is_read_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    """The scan in a truncated file is named, and the file is not reported as replayed."""
    assert replay(tmp_path, data) == 1

    printed = capsys.readouterr()
    assert BEGUN.match(printed.out)
    assert "not read to its end" in printed.err
    assert "Traceback" not in printed.err


def test_the_frames_are_as_they_were_built(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(pcap(1, ETHERNET))

    assert frames_of(tmp_path / "file") == [ETHERNET]
