"""The list of matchers."""

from importlib import import_module
from pkgutil import iter_modules

from nmapwatchd import matchers
from nmapwatchd.matchers import MATCHERS


def test_every_module_that_defines_a_matcher_is_listed_by_its_name() -> None:
    modules = [
        import_module(f"{matchers.__name__}.{m.name}") for m in iter_modules(matchers.__path__)
    ]
    defined = {
        module.__name__.rpartition(".")[2]: module.MATCHER
        for module in modules
        if hasattr(module, "MATCHER")
    }

    assert defined == MATCHERS


def test_a_matchers_name_is_its_module() -> None:
    assert all(matcher.name == name for name, matcher in MATCHERS.items())


def test_fixed_bytes_are_reported_last() -> None:
    assert list(MATCHERS)[-1] == "payload"
