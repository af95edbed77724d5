from nmapwatchd.config.settings import Settings
from nmapwatchd.daemon.compiled_config import compile_config
from nmapwatchd.filters.compiled import compile_filters
from nmapwatchd.signatures.loader import shipped_catalogue


def test_the_filters_are_those_of_the_catalogue() -> None:
    settings, catalogue = Settings(interfaces=("eth0",)), shipped_catalogue()

    config = compile_config(settings, catalogue)

    assert (config.settings, config.catalogue) == (settings, catalogue)
    assert config.filters == compile_filters(catalogue)
