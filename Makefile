# Two commands for a fresh Debian 12 machine: `make run` and `make test`. Both install what is
# missing: Debian's packages (as root, or through sudo) and a Python environment in .venv.

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
INTERFACE ?= $(shell ip -o route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
PYTHON := .venv/bin/python
# Debian's, for which python3-dev has the headers and which the service's user may read.
PYTHON3 ?= /usr/bin/python3

# What runs the sensor; systemd-python is built against libsystemd.
RUN_PACKAGES := tshark libpcap0.8 iproute2 util-linux python3-venv python3-dev gcc pkg-config libsystemd-dev
# What the tests need beside: listed where the lab uses it.
TEST_PACKAGES := $(RUN_PACKAGES) $(shell cat tests/live/packages.txt)

# Where Debian has rsyslogd, which the path of others than root lacks.
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: run test lint unit live fuzz mutants soak outage replay-silent documents coverage install uninstall wheels clean

run: .venv/run
	@test -n "$(INTERFACE)" || { echo "no default route: say make run INTERFACE=..." >&2; exit 2; }
	@echo "watching $(INTERFACE); end with Ctrl-C. To see an alert, let something listen here, such as"
	@echo "    python3 -m http.server 8000"
	@echo "and scan it: nmap -sV -p 8000 THIS_HOST, from another host."
	$(SUDO) .venv/bin/nmapwatchd run --interface $(INTERFACE) --output text

test: .venv/test lint unit live

lint: .venv/test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

unit: .venv/test
	$(PYTHON) -m pytest -m "not live"

live: .venv/test
	$(SUDO) $(PYTHON) -B -m pytest -p no:cacheprovider -m live -s

# Long forms of what the suite does for seconds. Hostile bytes for every reader of them:
fuzz: .venv/test
	FUZZ_EXAMPLES=$(or $(EXAMPLES),10000) $(PYTHON) -m pytest tests/fuzz

# Mutated captures through the whole program:
mutants: .venv/test
	$(PYTHON) -m tests.replay_mutated $(or $(CAPTURES),1000)

# A tshark that is replaced every few seconds, and tens of millions of candidates for the core:
soak: .venv/test
	$(SUDO) $(PYTHON) -B -m tests.soak $(or $(MINUTES),20) $(or $(MILLIONS),20)

# Collectors that are down, or killed again and again, while nmap scans: make outage TROUBLE=killed
outage: .venv/test
	$(SUDO) $(PYTHON) -B -m tests.live.outage $(or $(TROUBLE),down) $(or $(SECONDS),3700)

# Captures on which the sensor must stay silent: make replay-silent CAPTURES=FOLDER
replay-silent: .venv/run
	$(PYTHON) -m tests.replay_silent $(CAPTURES)

# What the catalogue says of itself, in docs/.
documents: .venv/run
	.venv/bin/nmapwatchd catalogue --output markdown > docs/catalogue.md

# The same of an inventory of nmap: make coverage ARTIFACTS=FILE
coverage: .venv/run
	$(PYTHON) -m tests.coverage $(ARTIFACTS)

# As a service: the program under /opt/nmapwatchd, the unit and what belongs to it.
install: packages-run
	$(SUDO) sh packaging/install.sh

uninstall:
	$(SUDO) sh packaging/uninstall.sh

# What install.sh needs on a machine without Internet: sudo sh packaging/install.sh wheels
wheels: .venv/run
	sh packaging/wheels.sh $(PYTHON) wheels

.venv/run: pyproject.toml requirements.txt | packages-run
	$(PYTHON3) -m venv .venv
	.venv/bin/pip install --quiet --require-virtualenv -r requirements.txt
	.venv/bin/pip install --quiet --require-virtualenv --no-deps -e .
	touch $@

.venv/test: .venv/run requirements-dev.txt | packages-test
	.venv/bin/pip install --quiet --require-virtualenv -r requirements-dev.txt
	touch $@

.PHONY: packages-run packages-test
packages-run:
	@sh packaging/debian-packages.sh $(RUN_PACKAGES)

packages-test:
	@sh packaging/debian-packages.sh $(TEST_PACKAGES)

clean:
	rm -rf .venv wheels
