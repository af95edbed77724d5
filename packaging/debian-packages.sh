#!/bin/sh
# Installs the given Debian packages if they are missing, without starting their services.
set -eu

missing=""
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"

# invoke-rc.d(8) runs this file to find out whether a package may start its service. Only for now.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi

echo "installing:$missing"
$as_root apt-get update -qq
# tshark's package asks whether users may capture. No: the service has a capability of its own.
echo "wireshark-common wireshark-common/install-setuid boolean false" | $as_root debconf-set-selections
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
