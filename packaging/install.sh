#!/bin/sh
# Installs the service: the program under /opt/nmapwatchd, its user, unit, man page, alerting rules
# for Prometheus and configuration. An existing configuration is kept.
#
#     install.sh            downloads the required Python packages
#     install.sh WHEELS     takes them from a directory that `make wheels` filled, without network
set -eu
# The service's user reads what is installed, whatever the umask of the administrator is.
umask 022
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

while read -r source installed; do
    case $source in '' | \#*) continue ;; esac
    # What the operator may have changed is kept.
    case $installed in /etc/*) [ ! -e "$installed" ] || continue ;; esac
    install -D -m 644 "$source" "$installed"
done <packaging/files.txt
systemd-sysusers nmapwatchd.conf
systemd-tmpfiles --create nmapwatchd.conf
journalctl --update-catalog
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # After an upgrade; a running service takes its open scans over.
    systemctl try-restart nmapwatchd.service
fi
echo "installed; edit /etc/nmapwatchd/nmapwatchd.toml, then run: systemctl enable --now nmapwatchd"
