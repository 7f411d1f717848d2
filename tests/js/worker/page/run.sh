#!/bin/sh
# run.sh QJS DIR: runs DIR/main.js there, and compares what it writes to stdout with DIR/expected.txt (as sets of
# lines if DIR/sort exists: workers are not in step).
set -eu
cd "$2"
out=$(timeout "${QJS_PAGE_TIMEOUT:-60}" "$1" main.js) || { echo "exit status $?"; exit 1; }
if [ -e sort ]; then out=$(printf '%s\n' "$out" | LC_ALL=C sort); fi
if [ "$out" != "$(if [ -e sort ]; then LC_ALL=C sort expected.txt; else cat expected.txt; fi)" ]; then
    printf 'expected:\n%s\ngot:\n%s\n' "$(cat expected.txt)" "$out"
    exit 1
fi
