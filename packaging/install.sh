#!/bin/sh
# Installs the service: the program under /opt/nmapwatchd, its user, unit, man page, alerting rules
# for Prometheus and configuration. An existing configuration is kept.
#
#     install.sh            downloads the required Python packages
#     install.sh WHEELS     takes them from a directory that `make wheels` filled, without network
set -eu
[ $# = 0 ] || wheels=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

program=/opt/nmapwatchd
# Debian's Python, which the service's user can read; another one in root's PATH may be private.
/usr/bin/python3 -m venv "$program"
if [ -n "${wheels-}" ]; then
    set -- --no-index --find-links "$wheels"
    itself=nmapwatchd
else
    set --
    itself=.
fi
"$program/bin/pip" install --quiet --use-pep517 "$@" -r requirements.txt
"$program/bin/pip" install --quiet --no-deps --force-reinstall "$@" "$itself"
ln -sf "$program/bin/nmapwatchd" /usr/bin/nmapwatchd

units=packaging/systemd
install -D -m 644 "$units/nmapwatchd.service" /etc/systemd/system/nmapwatchd.service
install -D -m 644 "$units/nmapwatchd.sysusers" /usr/lib/sysusers.d/nmapwatchd.conf
install -D -m 644 "$units/nmapwatchd.tmpfiles" /usr/lib/tmpfiles.d/nmapwatchd.conf
install -D -m 644 nmapwatchd/reports/nmapwatchd.catalog /usr/lib/systemd/catalog/nmapwatchd.catalog
install -D -m 644 docs/nmapwatchd.8 /usr/share/man/man8/nmapwatchd.8
install -D -m 644 packaging/prometheus/nmapwatchd.rules.yml /usr/share/nmapwatchd/nmapwatchd.rules.yml
systemd-sysusers nmapwatchd.conf
systemd-tmpfiles --create nmapwatchd.conf
journalctl --update-catalog
if [ ! -e /etc/nmapwatchd/nmapwatchd.toml ]; then
    install -m 644 etc/nmapwatchd.toml /etc/nmapwatchd/nmapwatchd.toml
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
echo "installed; edit /etc/nmapwatchd/nmapwatchd.toml, then run: systemctl enable --now nmapwatchd"
