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
_SOME_SCRIPT = "one script"
_EVERY = "*"  # ends a family of scripts, as in http-*


def in_words(options: Sequence[str]) -> list[str]:
    """
    Return what some options do, each activity once.

    Args:
        options: as `Explanation.options` has them; a script that ends in `*` stands for its family.
    """
    words = [_activity(option) for option in options]
    if words.count(_SOME_SCRIPT) > 1:
        words = ["scripts" if word == _SOME_SCRIPT else word for word in words]
    return list(dict.fromkeys(words))


def as_typed(options: Sequence[str]) -> list[str]:
    """Return the options as nmap takes them: scripts as one list."""
    scripts = [option.removeprefix(_SCRIPT) for option in options if is_script(option)]
    others = [option for option in options if not is_script(option)]
    return [*others, *([_SCRIPT + ",".join(scripts)] if scripts else [])]


def is_script(option: str) -> bool:
    """Return whether an option is a script, or a family of them."""
    return option.startswith(_SCRIPT)


def is_family(option: str) -> bool:
    """Return whether an option stands for scripts of a family, it is not known which."""
    return is_script(option) and option.endswith(_EVERY)


def _activity(option: str) -> str:
    """Return what an option does; of a script only that it is one, or its family."""
    if not is_script(option):
        return _DOES.get(option, option)
    script = option.removeprefix(_SCRIPT)
    if script.endswith(_EVERY):
        return f"{script.rstrip(_EVERY).rstrip('-')} scripts".lstrip()
    return "password guessing" if script.endswith("-brute") else _SOME_SCRIPT
