"""Measure which share of an interface's frames the kernel filter cannot look into."""

import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable

from nmapwatchd.child.protocol import Sampled
from nmapwatchd.filters.wrappings import Wrapping, obstacle

# Seconds of samples that are added up, and of those that it takes to judge them: a burst of one
# transfer is no share of the traffic.
SPAN_SECONDS = 60.0
LEAST_SECONDS = 15.0
# Share of the frames that is worth a warning, and the frames that it takes: of 20 by chance, the
# share is known within a quarter. Less than a twentieth is one host's VPN on most networks.
WARNING_SHARE = 0.05
LEAST_FRAMES = 20
# Share below which the warning ends, so that it does not come and go.
ENDING_SHARE = 0.025
# Seconds between two events: if something else hides the frames, and if nothing has changed.
CHANGE_SECONDS = 600.0
REPEAT_SECONDS = 86_400.0
# Things that an event names.
MAXIMUM_NAMED = 3

# How operators write what has a name of its own.
_TITLES = {
    "vxlan": "VXLAN", "gre": "GRE", "erspan": "ERSPAN", "geneve": "Geneve", "mpls": "MPLS",
    "pppoe": "PPPoE", "ipip": "IP in IP", "esp": "ESP", "ah": "AH", "macsec": "MACsec",
    "pbb": "PBB", "nsh": "NSH", "trill": "TRILL", "fabricpath": "FabricPath", "vn-tag": "VN-Tag",
    "e-tag": "E-Tag", "r-tag": "R-Tag", "etherip": "EtherIP", "l2tp": "L2TP", "openvpn": "OpenVPN",
    "gtp": "GTP", "teredo": "Teredo", "lisp": "LISP", "vxlan-gpe": "VXLAN-GPE", "capwap": "CAPWAP",
    "mpls-in-udp": "MPLS in UDP", "mpls-in-ip": "MPLS in IP", "tzsp": "TZSP", "pptp": "PPTP",
    "gre-routing": "GRE with routing",
    "wireguard": "WireGuard", "snap": "LLC/SNAP", "vlan": "more VLAN tags than four",
    "mpls-stack": "more MPLS labels than six", "pseudowire": "MPLS pseudowires",
}  # fmt: skip


class Limitation:
    """
    The share of one interface's frames that is not inspected.

    Args:
        clock: seconds of the monotonic clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # About one a second; if the capture process sends more, the oldest are dropped.
        self._samples: deque[tuple[float, Sampled]] = deque(maxlen=int(2 * SPAN_SECONDS))
        self._started_at: float | None = None
        self._reported: tuple[str, ...] = ()
        self._reported_at = float("-inf")
        self.share = 0.0  # of the frames of the last minute
        self.summary = ""  # what hides them, if it is worth a warning

    @property
    def percent(self) -> int:
        """The share in percent, rounded."""
        return round(100 * self.share)

    def add(self, sample: Sampled) -> None:
        """Add a sample of now."""
        now = self._clock()
        self._started_at = now if self._started_at is None else self._started_at
        self._samples.append((now, sample))

    def update(self, wrappings: Collection[str]) -> str:
        """
        Judge the samples of the last minute.

        Args:
            wrappings: those that the filter looks into.

        Returns:
            What to report now, or ''.
        """
        now = self._clock()
        while self._samples and self._samples[0][0] < now - SPAN_SECONDS:
            self._samples.popleft()
        self.share, hidden = _hidden((sample for _, sample in self._samples), wrappings)
        total = hidden.total()
        least = ENDING_SHARE if self.summary else WARNING_SHARE
        is_known = self._started_at is not None and now - self._started_at >= LEAST_SECONDS
        if not is_known or total < LEAST_FRAMES or self.share < least:
            self.summary = ""
            return ""
        # What is named changes with what hides many frames, not with the order of the others.
        many = tuple(sorted(name for name, count in hidden.items() if count >= total / 4))
        self.summary = _summary(self.share, hidden)
        wait = REPEAT_SECONDS if many == self._reported else CHANGE_SECONDS
        if now - self._reported_at < wait:
            return ""
        self._reported, self._reported_at = many, now
        return f"{self.summary}, which nmapwatchd does not look into"


def summary_of(samples: Iterable[Sampled], wrappings: Collection[str]) -> str:
    """
    Return what hides the frames of a capture, or '' if it is not worth a warning.

    Args:
        samples: of its frames, however few.
        wrappings: those that the filter looks into.
    """
    share, hidden = _hidden(samples, wrappings)
    return _summary(share, hidden) if hidden and share >= WARNING_SHARE else ""


def _hidden(samples: Iterable[Sampled], wrappings: Collection[str]) -> tuple[float, Counter[str]]:
    """Return the share of the frames that are hidden, and their number by what hides them."""
    hidden: Counter[str] = Counter()
    frames = 0
    for sample in samples:
        frames += sample.frames
        for path, count in sample.paths:
            if name := obstacle(path, wrappings):
                hidden[name] += count
    return (hidden.total() / frames if frames else 0.0), hidden


def _summary(share: float, hidden: Counter[str]) -> str:
    titles = [title(name) for name, _ in hidden.most_common(MAXIMUM_NAMED)]
    return f"{round(100 * share)} % of the frames are in {_listed(titles)}"


def title(name: str) -> str:
    """Return an operator's name of what hides frames."""
    first, separator, rest = name.partition(" ")
    prefix, _, number = first.rpartition("-")
    if prefix == "ethertype":
        return f"EtherType 0x{number}"
    if prefix == "ppp":
        return f"PPP protocol 0x{number}"
    if prefix == "ipv6-extension":
        return f"IPv6 extension headers ({number})"
    if name in tuple(Wrapping):
        return f"{_TITLES[name]} (not in unwrap)"
    return f"{_TITLES.get(first, first)}{separator}{rest}"


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
