#!/bin/sh
# headers.sh INCLUDE CC [CXX]: quickjs.h and quickjs-libc.h compile alone and together, in either order, twice
# over, in every standard below, with every warning an error. clang is tried too where it is installed.
set -eu
include=$1
cc=$2
cxx=${3:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

echo '#include "quickjs.h"' >"$dir/1"
echo '#include "quickjs-libc.h"' >"$dir/2"
cat "$dir/1" "$dir/2" "$dir/1" >"$dir/3"
cat "$dir/2" "$dir/1" "$dir/2" >"$dir/4"
done=0

# compile COMPILER LANGUAGE STANDARD [FLAGS]: skipped when the compiler does not know the standard
compile() {
    compiler=$1 language=$2 standard=$3
    shift 3
    if ! echo 'int x;' | "$compiler" -x "$language" "-std=$standard" -fsyntax-only - 2>/dev/null; then
        echo "skip: $compiler -std=$standard"
        return
    fi
    for n in 1 2 3 4; do
        "$compiler" -x "$language" "-std=$standard" -Wall -Wextra -Wpedantic -Werror "$@" -I"$include" \
            -fsyntax-only - <"$dir/$n"
    done
    done=$((done + 1))
}

for c in "$cc" clang; do
    command -v "$c" >/dev/null || continue
    for standard in c11 c17 c23 c2x gnu11; do
        compile "$c" c "$standard"
    done
    compile "$c" c c11 -DJS_CHECK_JSVALUE
    compile "$c" c c11 -DBUILDING_QJS_SHARED
done
for c in $cxx clang++; do
    command -v "$c" >/dev/null || continue
    for standard in c++11 c++17 c++20; do
        compile "$c" c++ "$standard"
    done
done
echo "$done combinations of compiler and standard"
[ "$done" -gt 0 ]
