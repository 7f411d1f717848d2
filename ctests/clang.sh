#!/bin/sh
# clang.sh CLANG CLANG++ INCLUDE TESTS LIBRARY: the C and C++ test programs, by clang, with the library as it is there.
set -eu
clang=$1 clangxx=$2 include=$3 tests=$4 library=$5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

# program NAME COMPILER...: compiles with it, and runs
program() {
    name=$1
    shift
    "$@" -g -Wall -Wextra -Wno-unused-parameter -Werror -I"$include" -I"$tests" "$library" \
        -Wl,-rpath,"$(dirname "$library")" -lm -ldl -lpthread -o "$dir/$name"
    status=0
    (cd "$dir" && QJS_CTEST_LIGHT=1 "./$name") >"$dir/log" 2>&1 || status=$?
    if [ $status != 0 ] && [ $status != 77 ]; then
        echo "clang: $name:"
        cat "$dir/log"
        exit 1
    fi
    n=$((n + 1))
}
for source in "$tests"/*.c; do
    program "$(basename "$source" .c)" "$clang" -std=gnu11 "$source"
done
if command -v "$clangxx" >/dev/null; then
    for standard in 11 17 20; do
        program "cxx$standard" "$clangxx" -std="c++$standard" "$tests/cxx.cc"
    done
fi
echo "$n programs by clang"
