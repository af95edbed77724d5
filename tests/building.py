"""Builds observations, signatures and engines; a test names only what matters to it."""

from dataclasses import replace

from nmapwatchd.core.attribution.allowlist import Allowlist, Authorisation
from nmapwatchd.core.counters import Counters
from nmapwatchd.core.engine import Engine
from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.detector import SignatureDetector
from nmapwatchd.core.matching.expression import Op, Term
from nmapwatchd.core.matching.matcher import Matcher
from nmapwatchd.core.matching.signature import Signature
from nmapwatchd.core.observation import Observation, Transport
from nmapwatchd.core.rule import Confidence
from nmapwatchd.core.windows.table import WindowPolicy

SECOND = 1_000_000_000
NOON = 1_795_348_800 * SECOND

ANYTHING = Matcher(name="test", title="Test")

PLAIN = Observation(
    at=NOON,
    interface="eth0",
    source="10.0.0.5",
    destination="10.0.0.8",
    source_port=40_000,
    destination_port=80,
    transport=Transport.TCP,
    payload=b"",
)


def observation(seconds: float = 0.0, /, **changes: object) -> Observation:
    """
    Return an observation; each is a frame of its own.

    Args:
        seconds: its packet time, counted from noon.
        changes: fields that differ from those of `PLAIN`.
    """
    changes = {"at": NOON + int(seconds * SECOND), **changes}
    seen = replace(PLAIN, **changes)  # type: ignore[arg-type]
    if "frame_hash" not in changes:
        seen = replace(
            seen, frame_hash=hash((seen.at, seen.source, seen.destination, seen.payload))
        )
    return seen


def signature(name: str, confidence: Confidence = Confidence.EXCLUSIVE) -> Signature:
    """Return a signature that matches payloads that contain its name."""
    return Signature(
        id=f"test.{name}",
        matcher="test",
        title=f"Title of {name}",
        match=Term("payload", Op.CONTAINS, (name,)),
        confidence=confidence,
        options=(f"--script {name}",),
        source=f"scripts/{name}.nse",
        examples=(),
        near_misses=(),
    )


def engine(
    *signatures: Signature,
    policy: WindowPolicy | None = None,
    authorised: tuple[Authorisation, ...] = (),
    track_changes: bool = False,
) -> Engine:
    """Return an engine with some signatures; `test.loud` by default."""
    catalogue = Catalogue.of([ANYTHING], signatures or (signature("loud"),))
    policy = policy or WindowPolicy()
    return Engine(
        [SignatureDetector(catalogue, policy.seconds)],
        Allowlist(authorised),
        policy,
        Counters(),
        track_changes=track_changes,
    )
