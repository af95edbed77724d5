#!/bin/sh
# Installs those of the named Debian packages that are missing, without starting their services.
set -eu

missing=""
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"

# invoke-rc.d(8) asks this file whether a package may start its service; only for this run.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi

echo "installing:$missing"
$as_root apt-get update -qq
# tshark asks whether others than root may capture: no, the service has its own way.
echo "wireshark-common wireshark-common/install-setuid boolean false" | $as_root debconf-set-selections
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
