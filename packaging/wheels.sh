#!/bin/sh
# Builds wheels of the program and the required Python packages, so that install.sh can install them
# on a machine without Internet access and without a compiler.
#
#     wheels.sh PYTHON DIRECTORY
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)

"$1" -m pip wheel --quiet --use-pep517 --wheel-dir "$2" -r "$source/requirements.txt"
"$1" -m pip wheel --quiet --no-deps --wheel-dir "$2" "$source"
