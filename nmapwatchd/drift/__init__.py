"""Drift: what differs between the catalogue and the data files of an installed nmap."""

from nmapwatchd.drift.comparison import Drift, State, compare
from nmapwatchd.drift.directory import DataDirectory
from nmapwatchd.drift.report import FORMATS, write

__all__ = ["FORMATS", "DataDirectory", "Drift", "State", "compare", "write"]
