#!/bin/sh
# A MediaWiki in the folder $1, from Debian's packages, on an SQLite file, with TextExtracts and without a web server.
# Installs the packages where they are missing (as root). Afterwards: php -S HOST:PORT -t $1
set -eu
folder=$1
if ! [ -e /usr/share/mediawiki/api.php ] || ! php -m | grep -q pdo_sqlite || ! php -m | grep -q intl; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        mediawiki php-cli php-sqlite3 php-mbstring php-xml php-intl
fi
mkdir -p "$folder"
# -L: the package is links to files all over /usr and /etc; its LocalSettings.php is nobody's yet.
cp -rL /usr/share/mediawiki/. "$folder" 2>/dev/null || true
rm -f "$folder/LocalSettings.php"
mkdir -p "$folder/data"
php "$folder/maintenance/install.php" --dbtype=sqlite --dbpath="$folder/data" --dbname=wiki \
    --server=http://localhost --scriptpath="" --lang=en --pass=only-for-tests-0 Wiki Tester
cat >> "$folder/LocalSettings.php" <<'PHP'
wfLoadExtension( 'TextExtracts' );
$wgMainCacheType = CACHE_NONE;
$wgJobRunRate = 0;
PHP
