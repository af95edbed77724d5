# Two commands for a fresh Debian 12 machine: `make run` and `make test`. Both install what is
# missing: Debian packages (as root, or with sudo) and a Python environment in .venv.

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
INTERFACE ?= $(shell ip -o route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
PYTHON := .venv/bin/python
# Debian's Python: python3-dev has its headers, and the service's user can read it.
PYTHON3 ?= /usr/bin/python3

# Packages that run the sensor; systemd-python is built against libsystemd.
RUN_PACKAGES := tshark libpcap0.8 iproute2 util-linux python3-venv python3-dev gcc pkg-config libsystemd-dev
# Packages that the tests need, too; the list is kept beside the live tests.
TEST_PACKAGES := $(RUN_PACKAGES) $(shell cat tests/live/packages.txt)

# rsyslogd is in /usr/sbin, which is not on the path of ordinary users.
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: run test lint unit live mutation differential fuzz mutants soak outage replay-silent documents \
	explanations artifact-coverage install uninstall deb packages-test wheels clean

run: .venv/run
	@test -n "$(INTERFACE)" || { echo "no default route; use make run INTERFACE=..." >&2; exit 2; }
	@echo "capturing on $(INTERFACE); stop with Ctrl-C. To trigger an alert, start a listener here:"
	@echo "    python3 -m http.server 8000"
	@echo "and scan it from another host: nmap -sV -p 8000 THIS_HOST"
	$(SUDO) .venv/bin/nmapwatchd run --interface $(INTERFACE) --output text

test: .venv/test lint unit live

lint: .venv/test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# The branch coverage of the pure packages is measured and must not fall (pyproject.toml).
unit: .venv/test
	$(PYTHON) -m coverage run -m pytest -m "not live and not packages"
	$(PYTHON) -m coverage report

live: .venv/test
	$(SUDO) $(PYTHON) -B -m pytest -p no:cacheprovider -m live -s

# The share of mutants of the pure code that the tests detect; CONTRIBUTING.md has the score. Hours:
mutation: .venv/mutation
	$(PYTHON) -m mutmut run
	$(PYTHON) -m mutmut export-cicd-stats && cat mutants/mutmut-cicd-stats.json

# Each matcher's reader against tshark's dissection: make differential CAPTURES=FOLDER
differential: .venv/test
	$(PYTHON) -m tests.matchers.against_tshark $(CAPTURES)

# Long forms of tests that the suite runs for seconds. Hostile bytes for every parser of them:
fuzz: .venv/test
	FUZZ_EXAMPLES=$(or $(EXAMPLES),10000) $(PYTHON) -m pytest tests/fuzz

# Mutated captures through the whole program:
mutants: .venv/test
	$(PYTHON) -m tests.replay_mutated $(or $(CAPTURES),1000)

# A tshark that is replaced every few seconds, and tens of millions of candidates for the core:
soak: .venv/test
	$(SUDO) $(PYTHON) -B -m tests.soak $(or $(MINUTES),20) $(or $(MILLIONS),20)

# Collectors that are down, or killed again and again, during nmap scans: make outage TROUBLE=killed
outage: .venv/test
	$(SUDO) $(PYTHON) -B -m tests.live.outage $(or $(TROUBLE),down) $(or $(SECONDS),3700)

# Captures that must give no alert: make replay-silent CAPTURES=FOLDER
replay-silent: .venv/run
	$(PYTHON) -m tests.replay_silent $(CAPTURES)

# The generated references of the catalogue and of the fields of messages, in docs/.
documents: .venv/run
	.venv/bin/nmapwatchd catalogue --output markdown > docs/catalogue.md
	.venv/bin/nmapwatchd catalogue --output alerts > docs/alerts.md

# How true the options in alerts are; of other captures beside their commands: CAPTURES=FOLDER
explanations: .venv/run
	$(PYTHON) -m tests.explanations $(CAPTURES)

# docs/coverage.md, from an inventory of nmap's artifacts: make artifact-coverage ARTIFACTS=FILE
artifact-coverage: .venv/run
	$(PYTHON) -m tests.coverage $(ARTIFACTS)

# Install the service: the program in /opt/nmapwatchd, its unit, man page, alerting rules for
# Prometheus and configuration.
install: packages-run
	$(SUDO) sh packaging/install.sh

uninstall:
	$(SUDO) sh packaging/uninstall.sh

# Debian packages of every release and architecture, in dist/; or of some: make deb TARGETS=debian-12-amd64
deb: .venv/run
	$(PYTHON) packaging/debian/build.py dist $(TARGETS)

# The packages on machines of both of Debian's releases, which are built by debootstrap:
packages-test: .venv/test
	sh packaging/debian-packages.sh lintian
	$(SUDO) $(PYTHON) -B -m pytest -p no:cacheprovider -m packages -s

# Files for an installation without Internet: sudo sh packaging/install.sh wheels
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

.venv/mutation: .venv/test requirements-mutation.txt
	.venv/bin/pip install --quiet --require-virtualenv -r requirements-mutation.txt
	touch $@

.PHONY: packages-run packages-test
packages-run:
	@sh packaging/debian-packages.sh $(RUN_PACKAGES)

packages-test:
	@sh packaging/debian-packages.sh $(TEST_PACKAGES)

clean:
	rm -rf .venv dist wheels mutants .coverage
