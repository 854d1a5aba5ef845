#!/bin/sh
# Debian's packages that the engines' tests need, installed where they are missing: as root, or else by sudo.
set -eu
# mini-httpd: MediaWiki's package wants some web server, and would take Apache, which starts. This one stays off.
wanted="mediawiki mini-httpd php-cli php-sqlite3 php-mbstring php-xml php-intl php-gd g++"
wanted="$wanted openssh-server openssh-client chromium chromium-driver fonts-dejavu-core"
missing=
for package in $wanted; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
case "$missing" in '' | ' mini-httpd') exit 0 ;; esac # where MediaWiki is installed, it has its web server
as_root=
if ! command -v apt-get >/dev/null; then
    echo "error: the engines' tests need these packages of Debian:$missing" >&2
    exit 1
elif [ "$(id -u)" != 0 ]; then
    as_root=sudo
    if ! command -v sudo >/dev/null; then
        echo "error: only root can install what is missing; as root: apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
