#!/bin/sh
# run.sh CARGO CC TESTS WORK LIBRARY...: programs compiled against QuickJS-NG's own headers run with our
# libraries (.a or .so). The headers are 0.16.2's, from the crate rquickjs-sys, which cargo fetches into its
# registry; nothing of it is kept here. The programs are the C tests, without since17.c, which is about what came
# later; and QuickJS-NG's own test of its API, compiled where it lies, but for what growable.c says. Exit status 77
# (skipped) where the crate cannot be fetched.
set -eu
cargo=$1 cc=$2 tests=$3 work=$4
shift 4
mkdir -p "$work/include"
upstream=$("$tests/../tools/fetch-crate" "$cargo" "$work/fetch" rquickjs-sys 0.14.0)/quickjs || exit 77
header=$upstream/quickjs.h
cp "$header" "${header%quickjs.h}quickjs-libc.h" "$work/include/"

failed=0
for library; do
    case $library in *.so*) kind=shared ;; *) kind=static ;; esac
    n=0
    for source in "$tests"/*.c "$tests"/demo/demo.c; do
        name=$(basename "$source" .c)
        [ "$name" != since17 ] || continue
        program=$work/$name-$kind
        # shellcheck disable=SC2086
        "$cc" -std=gnu11 -g -w -I"$work/include" -I"$tests" "$source" "$library" ${QJS_ABI_LINK:--lm -ldl -lpthread} \
            -Wl,-rpath,"$(dirname "$library")" -o "$program" || { failed=1; continue; }
        status=0
        (cd "$work" && QJS_CTEST_LIGHT=1 "$program") >"$work/log" 2>&1 || status=$?
        if [ $status != 0 ] && [ $status != 77 ]; then
            echo "upstream: $name, $kind:"
            cat "$work/log"
            failed=1
        fi
        n=$((n + 1))
    done
    echo "$n programs with upstream's headers, $kind library"
    # shellcheck disable=SC2086
    if ! "$cc" -std=gnu11 -w -I"${header%/*}" "$tests/upstream/growable.c" "${header%/*}/api-test.c" \
        -Wl,--wrap=JS_Eval "$library" ${QJS_ABI_LINK:--lm -ldl -lpthread} -Wl,-rpath,"$(dirname "$library")" \
        -o "$work/api-test-$kind" || ! "$work/api-test-$kind"; then
        echo "upstream: its own API test fails, $kind"
        failed=1
    fi
done
exit $failed
