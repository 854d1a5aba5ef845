#!/bin/sh
# A MediaWiki in the folder $1, from Debian's packages (see packages.sh), on an SQLite file, with TextExtracts and
# PageImages, holding the pages of the dump $1/pages.xml and the image files of $1/uploads, each with its description
# in a file beside it, NAME.txt instead of NAME.jpg. Afterwards: php -S HOST:PORT -t $1
set -eu
folder=$1
# -L: the package is links to files all over /usr, /var and /etc; its LocalSettings.php, a broken one, is nobody's yet.
cp -rL /usr/share/mediawiki/. "$folder" 2>/dev/null || true
rm -f "$folder/LocalSettings.php"
mkdir -p "$folder/data"
php "$folder/maintenance/install.php" --dbtype=sqlite --dbpath="$folder/data" --dbname=wiki \
    --server=http://localhost --scriptpath="" --lang=en --pass=only-for-tests-0 Wiki Tester
# Nothing here has to survive a power cut; texts of the interface are kept as PHP files, not unpacked for each request.
cat >>"$folder/LocalSettings.php" <<'PHP'
wfLoadExtension( 'TextExtracts' );
wfLoadExtension( 'PageImages' );
$wgServer = 'http://' . ( $_SERVER['HTTP_HOST'] ?? 'localhost' ); // its port is known only when it is served
$wgUseImageMagick = false; // PHP's own GD scales images
$wgMainCacheType = CACHE_NONE;
$wgJobRunRate = 0;
$wgCacheDirectory = "$IP/cache";
$wgLocalisationCacheConf = [ 'class' => LocalisationCache::class, 'store' => 'array' ] + $wgLocalisationCacheConf;
$wgDBservers = [ [ 'type' => 'sqlite', 'dbname' => $wgDBname, 'dbDirectory' => $wgSQLiteDataDir, 'load' => 1,
    'flags' => DBO_DEFAULT, 'variables' => [ 'synchronous' => 'OFF' ] ] ];
PHP
php "$folder/maintenance/importDump.php" --no-updates "$folder/pages.xml"
if [ -n "$(ls "$folder/uploads")" ]; then
    php "$folder/maintenance/importImages.php" --user=Tester --comment-ext=txt "$folder/uploads"
    php "$folder/maintenance/refreshLinks.php" # page images come of links to files
fi
php "$folder/maintenance/rebuildtextindex.php"
