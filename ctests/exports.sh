#!/bin/sh
# exports.sh LIBRARY MAP: the shared library exports exactly the functions that the version script names.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
nm -D --defined-only "$1" | awk '$2 == "T" || $2 == "W" { sub(/@.*/, "", $3); print $3 }' | sort >"$dir/has"
sed -n 's/^    \([A-Za-z_0-9]*\);$/\1/p' "$2" | sort >"$dir/wants"
diff -u "$dir/wants" "$dir/has"
echo "$(wc -l <"$dir/has") functions exported"
