"""What one side encodes the other parses; anything else is refused or kept as an error's text."""

import io
import os
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmapwatchd.child.protocol import (
    DISSECTOR,
    MAXIMUM_CANARY,
    MAXIMUM_COMMAND,
    MAXIMUM_FILTER,
    MAXIMUM_PATHS,
    MAXIMUM_SAMPLE,
    TIMESTAMP_DIGITS,
    Arguments,
    Command,
    Counts,
    Failure,
    FileArguments,
    InterfaceArguments,
    Opened,
    PrepareOutput,
    ProtocolError,
    Report,
    Sampled,
    SetFilter,
    SwitchOutput,
    Thinned,
    TopTalker,
    encode_filters,
    parse_arguments,
    parse_command,
    parse_report,
    read_filters,
    receive_commands,
    send_command,
)
from nmapwatchd.core import canary
from tests.fuzz.damage import damaged

NUMBERS = st.integers(0, 2**63)
FILTERS = st.integers(1, 40).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n))
CANARIES = st.just(b"") | st.binary(min_size=TIMESTAMP_DIGITS, max_size=200)


def written(address: IPv4Address | IPv6Address) -> str:
    """Return an address as the C library writes it."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    return socket.inet_ntop(family, address.packed)


ADDRESSES = st.ip_addresses().map(written)
# Each path is in a frame at least, and all of them in no more than there are.
SAMPLES = st.dictionaries(
    st.sampled_from(["esp", "gre/esp", "vxlan", "ethertype-22f3"]), st.integers(0, 200)
).flatmap(
    lambda paths: st.builds(
        Sampled,
        st.integers(sum(paths.values()), MAXIMUM_SAMPLE),
        st.just(tuple(paths.items())),
    )
)
COMMANDS = st.one_of(
    st.builds(PrepareOutput, st.just(DISSECTOR), CANARIES, st.just(7)),
    st.just(SwitchOutput(DISSECTOR)),
    st.builds(SetFilter, st.just(DISSECTOR), FILTERS),
)
REPORTS = st.one_of(
    st.builds(Opened, NUMBERS),
    st.builds(Counts, NUMBERS, NUMBERS),
    st.builds(TopTalker, ADDRESSES),
    st.builds(Thinned, st.integers(1, 2**32)),
    SAMPLES,
    st.builds(Failure, st.sampled_from(["", "eth0: no such device", "\N{SNOWMAN} error"])),
)
EXAMPLES = [
    PrepareOutput(DISSECTOR, bytes(40), 7).encode(),
    PrepareOutput(DISSECTOR, b"", 7).encode(),
    SwitchOutput(DISSECTOR).encode(),
    SetFilter(DISSECTOR, bytes(16)).encode(),
]


def descriptors(command: Command) -> list[int]:
    return [command.descriptor] if isinstance(command, PrepareOutput) else []


@pytest.mark.parametrize(
    "arguments", [InterfaceArguments(3, "eth0", 1 << 20, 4000), FileArguments(3)]
)
def test_arguments_are_parsed_as_they_were_encoded(arguments: Arguments) -> None:
    parsed = parse_arguments(arguments.encode())

    assert (parsed, type(parsed)) == (arguments, type(arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["3"],
        ["3", "file", "more"],
        ["3", "live", "eth0"],
        ["3", "live", "", "1", "1"],
        ["3", "live", "eth0", "-1", "1"],
        ["three", "file"],
        ["3", "other"],
    ],
)
def test_other_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(ProtocolError):
        parse_arguments(arguments)


@given(st.dictionaries(st.integers(0, 300), FILTERS))
def test_filters_are_read_as_they_were_encoded(filters: dict[int, bytes]) -> None:
    assert read_filters(io.BytesIO(encode_filters(filters))) == filters


@pytest.mark.parametrize(
    "data",
    [b"1\n", b"1 8 8\n" + bytes(8), b"x 8\n" + bytes(8), b"1 16\n" + bytes(8), b"1 7\n" + bytes(7),
     b"1 0\n", b"1 -8\n", b"1 %d\n" % (MAXIMUM_FILTER + 8) + bytes(MAXIMUM_FILTER + 8)],
)  # fmt: skip
def test_other_filters_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_filters(io.BytesIO(data))


@given(COMMANDS)
def test_a_command_is_parsed_as_it_was_encoded(command: Command) -> None:
    parsed = parse_command(command.encode(), descriptors(command))

    assert (parsed, type(parsed)) == (command, type(command))


@pytest.mark.parametrize(
    ("message", "passed"),
    [
        (b"", []),
        (b"switch-output", []),
        (b"switch-output other", []),
        (b"switch-output dissector more", []),
        (b"switch-output dissector", [7]),
        (b"set-filter dissector", []),
        (b"set-filter dissector ", []),
        (b"set-filter dissector " + bytes(7), []),
        (b"set-filter dissector " + bytes(MAXIMUM_FILTER + 8), []),
        (b"set-filter dissector " + bytes(8), [7]),
        (b"prepare-output dissector ", []),
        (b"prepare-output dissector", [7]),
        (b"prepare-output dissector ", [7, 8]),
        (b"prepare-output dissector " + bytes(TIMESTAMP_DIGITS - 1), [7]),
        (b"prepare-output dissector " + bytes(MAXIMUM_CANARY + 1), [7]),
        (b"prepare-output other ", [7]),
        (b"close-output dissector", []),
    ],
)
def test_other_commands_are_refused(message: bytes, passed: list[int]) -> None:
    with pytest.raises(ProtocolError):
        parse_command(message, passed)


@given(damaged(EXAMPLES) | st.binary(max_size=60), st.sampled_from([[], [7]]))
def test_a_damaged_command_is_parsed_as_it_is_or_refused(message: bytes, passed: list[int]) -> None:
    try:
        command = parse_command(message, passed)
    except ProtocolError:
        return
    assert command.encode() == message
    assert descriptors(command) == passed


@given(REPORTS)
def test_a_report_is_parsed_as_it_was_encoded(report: Report) -> None:
    line = report.encode()
    parsed = parse_report(line)

    assert line.count(b"\n") == 1
    if report == Failure(""):
        assert parsed == Failure("error")
    else:
        assert (parsed, type(parsed)) == (report, type(report))


def test_a_message_of_several_lines_is_one_report() -> None:
    assert Failure("one\ntwo\r\n  three").encode() == b"error one two three\n"


@pytest.mark.parametrize(
    "line",
    ["open", "open x", "open -1", "open 1 2", "open 1_0", "open \N{SUPERSCRIPT TWO}", "counts 1",
     "counts 1 x", "counts 1 " + "9" * 5000, "top-talker", "top-talker 10.0.0",
     "top-talker fe80::1%x", "top-talker 10.0.0.5 10.0.0.6", "Traceback (most recent):",
     "closed 1", "thinned", "thinned 0", "thinned x"],
)  # fmt: skip
def test_a_line_that_is_no_report_is_an_error_s_text(line: str) -> None:
    assert parse_report(f"{line}\n".encode()) == Failure(line)


@pytest.mark.parametrize(
    "line",
    [
        "sampled",
        "sampled -1",
        "sampled 1001",
        "sampled 5 esp",
        "sampled 5 esp=",
        "sampled 5 esp=6",
        "sampled 5 esp=3 ah=3",
        "sampled 5 esp=1 esp=1",
        "sampled 5 ESP=1",
        "sampled 5 gre//esp=1",
        "sampled 5 gre/=1",
        "sampled 5 " + "x" * 25 + "=1",
        "sampled 5 " + "/".join("x" * 9) + "=1",
        "sampled 100 " + " ".join(f"esp-{n}=1" for n in range(MAXIMUM_PATHS + 1)),
    ],
)
def test_a_sample_that_is_none_is_an_error_s_text(line: str) -> None:
    assert parse_report(line.encode()) == Failure(line)


def test_an_address_is_written_as_tshark_writes_it() -> None:
    assert parse_report(b"top-talker ::FFFF:A00:5\n") == TopTalker("::ffff:10.0.0.5")


@given(
    st.binary(max_size=60)
    | damaged([b"open 1", b"counts 12 0", b"thinned 16", b"top-talker 10.0.0.5"])
)
def test_any_line_is_a_report(line: bytes) -> None:
    report = parse_report(line)

    if isinstance(report, TopTalker):
        assert written(ip_address(report.address)) == report.address
    elif isinstance(report, Opened | Counts | Thinned):
        assert all(number >= 0 for number in report)


def test_commands_are_received_with_their_descriptors_until_the_socket_is_closed() -> None:
    service, process = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reader, writer = os.pipe()
    with process:
        with service:
            send_command(service, PrepareOutput(DISSECTOR, b"", writer))
            send_command(service, SwitchOutput(DISSECTOR))
            send_command(service, SetFilter(DISSECTOR, bytes(MAXIMUM_FILTER)))
        os.close(writer)
        prepare, *others = receive_commands(process)

    assert isinstance(prepare, PrepareOutput)
    os.write(prepare.descriptor, b"received")
    os.close(prepare.descriptor)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b"received"
    assert others == [SwitchOutput(DISSECTOR), SetFilter(DISSECTOR, bytes(MAXIMUM_FILTER))]


@pytest.mark.parametrize(
    "message",
    [b"invalid", SetFilter(DISSECTOR, bytes(MAXIMUM_COMMAND)).encode()],
    ids=["invalid", "truncated"],
)
def test_an_invalid_or_truncated_command_is_the_last(message: bytes) -> None:
    service, process = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with service, process:
        for sent in (SwitchOutput(DISSECTOR).encode(), message, SwitchOutput(DISSECTOR).encode()):
            service.send(sent)

        assert list(receive_commands(process)) == [SwitchOutput(DISSECTOR)]


def test_the_longest_command_fits() -> None:
    assert len(SetFilter(DISSECTOR, bytes(MAXIMUM_FILTER)).encode()) <= MAXIMUM_COMMAND


def test_the_canary_s_time_is_where_the_service_reads_it() -> None:
    assert canary.TIMESTAMP == TIMESTAMP_DIGITS
    assert len(canary.packet("0" * canary.TOKEN)) <= MAXIMUM_CANARY - 14
