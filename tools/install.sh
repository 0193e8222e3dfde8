#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tools/install.sh build|test - install the missing Debian packages of a stage
#
# Reads tools/packages.txt. Says what it installs; does nothing when nothing is
# missing. Needs root, or sudo.
set -eu

stage=${1:?usage: tools/install.sh build|test}
list=$(dirname "$0")/packages.txt

case $stage in
build) stages=build ;;
test) stages='build|test' ;;
*) echo "install.sh: unknown stage '$stage': build or test" >&2; exit 2 ;;
esac

missing=
for package in $(awk -v want="^($stages)\$" '$1 ~ want { print $2 }' "$list"); do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    case $status in
    'install ok installed') ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

echo "== installing Debian packages:$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install.sh: run 'apt-get install$missing' as root first" >&2
        exit 1
    fi
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086  # one word a package
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
