#!/bin/sh
# run.sh CMAKE SOURCE CARGO_TARGET_DIR BUILD_TYPE CC: builds and runs the sample projects, with libqjs static and
# shared. cargo has built libqjs already and does not do so again.
set -eu
cmake=$1 source=$2 cargo=$3 type=$4 cc=$5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for project in subdirectory fetchcontent; do
    for shared in OFF ON; do
        build=$dir/$project-$shared
        "$cmake" -S "$source/ctests/projects/$project" -B "$build" -DQJS_SOURCE="$source" -DCMAKE_C_COMPILER="$cc" \
            -DQJS_CARGO_TARGET_DIR="$cargo" -DCMAKE_BUILD_TYPE="$type" -DBUILD_SHARED_LIBS=$shared >"$dir/log" ||
            { cat "$dir/log"; exit 1; }
        "$cmake" --build "$build" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
        for program in "$build"/calculator*; do
            test -x "$program" && test -f "$program" || continue
            test "$("$program")" = 42
            test "$("$program" '6 * 7')" = 42
            ! "$program" 'throw 1' >/dev/null
            echo "$project, shared libraries $shared: ${program##*/}"
        done
        if [ $shared = ON ]; then
            ldd "$build/calculator" | grep -q 'libqjs.so.0 => /'
        else
            ! ldd "$build/calculator" | grep -q libqjs
        fi
        if [ $project = subdirectory ]; then
            test -s "$build/version.txt"
        fi
    done
done
