#!/bin/sh
# Removes the service. Its configuration, alerts and user are kept.
set -eu
if [ -d /run/systemd/system ]; then
    systemctl disable --now nmapwatchd.service
fi
rm -rf /opt/nmapwatchd /usr/share/nmapwatchd
rm -f /usr/bin/nmapwatchd /etc/systemd/system/nmapwatchd.service \
    /usr/lib/sysusers.d/nmapwatchd.conf /usr/lib/tmpfiles.d/nmapwatchd.conf \
    /usr/lib/systemd/catalog/nmapwatchd.catalog /usr/share/man/man8/nmapwatchd.8
journalctl --update-catalog
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
