"""Service probes and other fixed bytes, on any port; each signature says how its message begins."""

from nmapwatchd.core.matcher import Matcher

MATCHER = Matcher(name="payload", title="Raw payload")
