from nmapwatchd.errors import Diagnostic, OperatorError


def test_a_diagnostic_reads_location_then_message() -> None:
    assert str(Diagnostic("conf.toml: colour", "unknown key")) == "conf.toml: colour: unknown key"


def test_an_operator_error_carries_every_diagnostic_one_per_line() -> None:
    diagnostics = Diagnostic("a", "first"), Diagnostic("b", "second")

    error = OperatorError(*diagnostics)

    assert error.diagnostics == diagnostics
    assert str(error) == "a: first\nb: second"
