"""Each module of the package has its test file at the same path below tests/."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "nmapwatchd"

# Modules without a test file of their own, each with the reason.
EXCEPTIONS: dict[str, str] = {}
# Test files on a subject that no single module has.
SUBJECTS: dict[str, str] = {
    "filters/test_soundness.py": "the law of the filters: what a signature accepts, they accept",
    "sinks/test_consumers.py": "every format, as rsyslog and syslog-ng take it",
    "matchers/test_against_tshark.py": "every reader against tshark's dissection",
    "matchers/test_init.py": "the table of matchers",
    "signatures/test_examples.py": "the examples and near misses of every row",
    "telemetry/test_rules.py": "the alerting rules for Prometheus",
}


def holds_code(module: Path) -> bool:
    """Return whether a module holds more than a docstring, imports and `__all__`."""
    body = ast.parse(module.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If) for node in body)


def mirrored(module: str) -> str:
    """Return the path of a module's test file below tests/."""
    folder, _, name = module.rpartition("/")
    return f"{folder}/test_{name.strip('_')}".lstrip("/")


MODULES = [
    module.relative_to(PACKAGE).as_posix()
    for module in sorted(PACKAGE.rglob("*.py"))
    if module.name != "__init__.py" or holds_code(module)
]
PACKAGES = {module.rpartition("/")[0] for module in MODULES if "/" in module}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_its_test_file_or_a_reason_for_none(module: str) -> None:
    stem = module.removesuffix(".py")

    assert (TESTS / f"{mirrored(stem)}.py").is_file() is (module not in EXCEPTIONS)


def test_an_exception_is_a_module() -> None:
    assert set(EXCEPTIONS) <= set(MODULES)


def test_a_test_file_below_a_package_folder_is_a_modules_or_has_a_subject() -> None:
    expected = {f"{mirrored(module.removesuffix('.py'))}.py" for module in MODULES}
    found = {
        path.relative_to(TESTS).as_posix()
        for package in PACKAGES
        for path in (TESTS / package).glob("test_*.py")
    }

    assert found - expected == set(SUBJECTS)
