#!/bin/sh
# run.sh CARGO WORK LIBDIR: builds and runs the Rust host in WORK, on the shared libqjs in LIBDIR. The declarations
# are rquickjs-sys' own, copied from cargo's registry; its engine is left there. Exit status 77 (skipped) where cargo
# cannot fetch.
set -eu
cargo=$1 work=$2 libdir=$3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work/fetch/src"
cat >"$work/fetch/Cargo.toml" <<'T'
[package]
name = "fetch"
version = "0.0.0"
edition = "2024"
[workspace]
[dependencies]
rquickjs-sys = { version = "=0.14.0", default-features = false }
T
: >"$work/fetch/src/lib.rs"
sys=
if (cd "$work/fetch" && "$cargo" fetch --quiet 2>"$work/log"); then
    sys=$(cd "$work/fetch" && "$cargo" metadata --quiet --format-version 1 |
        tr '"' '\n' | sed -n 's|^\(/.*/rquickjs-sys-[^/]*\)/Cargo.toml$|\1|p' | head -n 1)
fi
if [ ! -d "$sys/src" ]; then
    echo "rquickjs-host: cannot fetch rquickjs-sys: $(head -n 1 "$work/log")"
    exit 77
fi
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
