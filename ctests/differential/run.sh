#!/bin/sh
# run.sh CARGO CMAKE CC TESTS WORK LIBRARY: the programs of this folder linked to LIBRARY and to QuickJS-NG 0.16.2, both with
# QuickJS-NG's headers, print the same, but for what expected/ says. The crate rquickjs-sys has QuickJS-NG's sources,
# which its own CMake project builds in WORK; nothing of it is kept here. Exit status 77 (skipped) where the crate
# cannot be fetched. ORACLE=folder with include, libqjs.a and libqjs-libc.a: a build that there is.
# Arguments after these name programs.
set -eu
cargo=$1 cmake=$2 cc=$3 tests=$4 work=$5 library=$6
shift 6
here=$tests/differential
mkdir -p "$work"
if [ -n "${ORACLE:-}" ]; then
    oracle=$ORACLE
else
    crate=$("$tests/../tools/fetch-crate" "$cargo" "$work/fetch" rquickjs-sys 0.14.0) || exit 77
    oracle=$work/oracle
    if [ ! -f "$oracle/libqjs-libc.a" ] || [ ! -f "$oracle/libqjs.a" ]; then
        # A copy: the registry's files stay as they are.
        rm -rf "$work/source" "$oracle"
        cp -r "$crate/quickjs" "$work/source"
        "$cmake" -S "$work/source" -B "$oracle" -DCMAKE_BUILD_TYPE=Release "-DCMAKE_C_COMPILER=$cc" >"$work/log"
        "$cmake" --build "$oracle" --target qjs qjs-libc -j 2 >>"$work/log"
        mkdir -p "$oracle/include"
        cp "$work/source/quickjs.h" "$work/source/quickjs-libc.h" "$oracle/include/"
    fi
fi

if [ $# = 0 ]; then
    for source in "$here"/*.c; do
        set -- "$@" "$(basename "$source" .c)"
    done
fi

# transcript NAME OUTPUT LIBRARY...: what a program prints, and how it ended.
transcript()
{
    name=$1 output=$2
    shift 2
    # shellcheck disable=SC2086
    "$cc" -std=gnu11 -g -w -I"$oracle/include" "$here/$name.c" "$@" ${QJS_ABI_LINK:--lm -ldl -lpthread} -o "$output.program"
    status=0
    # (When a memory limit is reached depends on when the collector looks: a build with GC stress leaves that alone here.)
    [ "$name" != runtime ] || export QJS_GC_STRESS=0
    # (Bounded, for what should go wrong.)
    (cd "$work" && ulimit -v 16000000 2>/dev/null; TZ=UTC timeout 120 "$output.program") >"$output" 2>&1 </dev/null || status=$?
    echo "exit status $status" >>"$output"
}

failed=0
stress=${QJS_GC_STRESS-}
for name; do
    if [ -n "$stress" ]; then export QJS_GC_STRESS="$stress"; else unset QJS_GC_STRESS; fi
    transcript "$name" "$work/$name.theirs" "$oracle/libqjs-libc.a" "$oracle/libqjs.a"
    transcript "$name" "$work/$name.ours" "$library" "-Wl,-rpath,$(dirname "$library")"
    if ! LC_ALL=C awk -f "$here/compare.awk" "$here/expected/$name.txt" "$work/$name.theirs" "$work/$name.ours" \
        >"$work/$name.differences"; then
        echo "differential: $name (transcripts in $work):"
        head -n 40 "$work/$name.differences"
        failed=1
    else
        echo "$name: $(wc -l <"$work/$name.ours") lines"
    fi
done
exit $failed
