#!/bin/sh
# Removes the service. Its configuration, alerts and user are kept.
set -eu
cd "$(dirname "$0")/.."

if [ -d /run/systemd/system ] && systemctl cat nmapwatchd.service >/dev/null 2>&1; then
    systemctl disable --now nmapwatchd.service
fi
rm -rf /opt/nmapwatchd /usr/share/nmapwatchd
rm -f /usr/bin/nmapwatchd
while read -r source installed; do
    case $source in '' | \#*) continue ;; esac
    case $installed in /etc/*) continue ;; esac
    rm -f "$installed"
done <packaging/files.txt
journalctl --update-catalog
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
