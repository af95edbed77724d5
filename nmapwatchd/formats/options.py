"""Options of nmap in plain words, and as they are typed."""

from collections.abc import Sequence

# What each option does; options that do the same share a text. Whatever is not listed is named as
# it is typed.
_DOES = {
    "-PS": "host discovery", "-PA": "host discovery", "-PU": "host discovery",
    "-PY": "host discovery", "-PE": "host discovery", "-PP": "host discovery",
    "-PM": "host discovery", "-PO": "host discovery", "-sn": "host discovery",
    "-sS": "SYN scan", "-sT": "connect scan", "-sA": "ACK scan", "-sW": "window scan",
    "-sM": "Maimon scan", "-sF": "FIN scan", "-sX": "Xmas scan", "-sN": "NULL scan",
    "--scanflags": "scan with unusual flags", "-sI": "idle scan", "-b": "FTP bounce scan",
    "-sU": "UDP scan", "-sO": "IP protocol scan", "-sY": "SCTP INIT scan",
    "-sZ": "SCTP COOKIE-ECHO scan", "-f": "fragments", "-O": "OS detection",
    "-sV": "version probes", "-sU -sV": "version probes over UDP",
    "--version-all": "version probes", "--ttl": "a TTL of its choice", "-sC": "default scripts",
    "--traceroute": "traceroute",
    "-A": "OS detection, version probes, default scripts, traceroute",
}  # fmt: skip
_SCRIPT = "--script "
_EVERY = "*"  # ends a family of scripts, as in http-*


def in_words(options: Sequence[str]) -> list[str]:
    """
    Return what some options do, each activity once.

    Args:
        options: as `Explanation.options` has them; a script that ends in `*` stands for its family.
    """
    return list(dict.fromkeys(_activity(option) for option in options))


def as_typed(options: Sequence[str]) -> list[str]:
    """Return the options as nmap takes them: scripts as one list, families of scripts left out."""
    scripts = [option.removeprefix(_SCRIPT) for option in options if option.startswith(_SCRIPT)]
    named = [script for script in scripts if not script.endswith(_EVERY)]
    others = [option for option in options if not option.startswith(_SCRIPT)]
    return [*others, *([_SCRIPT + ",".join(named)] if named else [])]


def _activity(option: str) -> str:
    """Return what an option does; of a script only that it is one, or its family."""
    if not option.startswith(_SCRIPT):
        return _DOES.get(option, option)
    script = option.removeprefix(_SCRIPT)
    if script.endswith(_EVERY):
        return f"{script.rstrip(_EVERY).rstrip('-')} scripts".lstrip()
    return "password guessing" if script.endswith("-brute") else "scripts"
