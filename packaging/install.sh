#!/bin/sh
# Installs the service: the program under /opt/nmapwatchd, its user, unit and configuration.
# An existing configuration is kept.
set -eu
cd "$(dirname "$0")/.."

program=/opt/nmapwatchd
python3 -m venv "$program"
"$program/bin/pip" install --quiet -r requirements.txt
"$program/bin/pip" install --quiet --no-deps .
ln -sf "$program/bin/nmapwatchd" /usr/bin/nmapwatchd

units=packaging/systemd
install -D -m 644 "$units/nmapwatchd.service" /etc/systemd/system/nmapwatchd.service
install -D -m 644 "$units/nmapwatchd.sysusers" /usr/lib/sysusers.d/nmapwatchd.conf
install -D -m 644 "$units/nmapwatchd.tmpfiles" /usr/lib/tmpfiles.d/nmapwatchd.conf
install -D -m 644 "$units/nmapwatchd.catalog" /usr/lib/systemd/catalog/nmapwatchd.catalog
systemd-sysusers nmapwatchd.conf
systemd-tmpfiles --create nmapwatchd.conf
journalctl --update-catalog
if [ ! -e /etc/nmapwatchd/nmapwatchd.toml ]; then
    install -m 644 etc/nmapwatchd.toml /etc/nmapwatchd/nmapwatchd.toml
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
echo "installed; now edit /etc/nmapwatchd/nmapwatchd.toml, then: systemctl enable --now nmapwatchd"
