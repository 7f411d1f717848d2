#!/bin/sh
# run.sh CARGO WORK LIBDIR: builds and runs the Rust host in WORK, on the shared libqjs in LIBDIR. The declarations
# are rquickjs-sys' own, copied from cargo's registry; its engine is left there. Exit status 77 (skipped) where cargo
# cannot fetch.
set -eu
cargo=$1 work=$2 libdir=$3
here=$(cd "$(dirname "$0")" && pwd)
sys=$("$here/../../tools/fetch-crate" "$cargo" "$work/fetch" rquickjs-sys 0.14.0) || exit 77
mkdir -p "$work/host"
cp -R "$here/Cargo.toml" "$here/src" "$here/sys" "$work/host/"
cp -R "$sys/src" "$work/host/sys/"

# Procedural macros of rquickjs are linked to libqjs as well, and loaded by rustc.
export QJS_LIB_DIR="$libdir" LD_LIBRARY_PATH="$libdir" CARGO_TARGET_DIR="$work/target"
unset RUSTFLAGS
cd "$work/host"
if ! "$cargo" fetch --quiet 2>"$work/log"; then
    echo "rquickjs-host: cannot fetch: $(head -n 1 "$work/log")"
    exit 77
fi
"$cargo" run --quiet
