#!/bin/sh
# run.sh QJS QJSC INCLUDE ARCHIVE CC [CC …]: compiled programs run, without their sources: qjsc's C under every compiler
# with warnings as errors, its objects and raw bytecode, standalone executables, the code cache; and what is refused.
set -eu
qjs=$1 qjsc=$2 include=$3 archive=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/empty"
cp -r "$here/app" "$here/native.c" "$here/object.c" "$dir"
cd "$dir"

fail() {
    echo "compile: $*" >&2
    exit 1
}
# expect TEXT COMMAND…: in an empty folder it prints just this, and ends well
expect() {
    want=$1
    shift
    got=$(cd empty && "$@" 2>&1) || fail "$* ended with status $?: $got"
    [ "$got" = "$want" ] || fail "$* printed
$got
not
$want"
}
# refuse TEXT COMMAND…: status 1, TEXT on stderr, no file called out
refuse() {
    want=$1
    shift
    rm -f out
    if "$@" >said 2>&1; then fail "$* ended well"; fi
    grep -q "$want" said || fail "$* said: $(cat said)"
    [ ! -e out ] || fail "$* left a file"
}

graph='fib 55 from app/lib/fib.js
lazy later true'
data='{"name":"conf"} true "let = = 1;\n" true 11'

for cc; do
    c_build() {
        # shellcheck disable=SC2086
        "$cc" -Wall -Wextra -Werror -O1 -I"$include" "$@" "$archive" -lm -ldl -lpthread
    }
    "$qjsc" -e -o hello.c app/hello.js
    c_build hello.c -o hello
    expect 'Hello World' "$dir/hello"
    # Modules by import; one by import(), which -D brings.
    "$qjsc" -e -s -D app/lib/lazy.js -o graph.c app/graph.js
    c_build graph.c -o graph
    expect "$graph" "$dir/graph"
    # A C module.
    "$qjsc" -e -M native -o with_native.c app/uses_native.js
    c_build with_native.c native.c -o with_native
    expect '42' "$dir/with_native"
    # A worker, whose file is nowhere.
    "$qjsc" -e -D app/worker.js -o with_worker.c app/uses_worker.js
    c_build with_worker.c -o with_worker
    expect 'from the worker: 21' "$dir/with_worker"
    # JSON, a text and bytes.
    "$qjsc" -e -o with_data.c app/data.js
    c_build with_data.c -o with_data
    expect "$data" "$dir/with_data"
    # Data alone, and no C at all.
    "$qjsc" -N program -o data.c app/hello.js
    "$qjsc" --object -N program -o data.o app/hello.js
    "$cc" -c -o data_c.o data.c
    c_build object.c data.o -o by_object
    expect 'Hello World' "$dir/by_object"
    c_build object.c data_c.o -o by_c
    expect 'Hello World' "$dir/by_c"
done
"$qjsc" -b -o hello.bin app/hello.js
"$qjsc" -b -o again.bin app/hello.js
cmp hello.bin again.bin || fail "the same source gave other bytes"
"$qjsc" -b -ss -o small.bin app/hello.js
[ "$(wc -c <small.bin)" -lt "$(wc -c <hello.bin)" ] || fail "-ss did not make it smaller"

refuse 'SyntaxError' "$qjsc" -o out app/bad.txt
refuse 'could not load' "$qjsc" -o out app/nowhere.js
refuse "could not load module filename 'app/nowhere.js'" "$qjsc" -o out app/imports_nowhere.js
refuse 'SyntaxError' "$qjsc" -e -o out app/imports_bad_json.js
refuse 'no input file' "$qjsc" -o out
refuse 'is no C name' "$qjsc" -N 1x -o out app/hello.js

# Standalone executables: the graph, import() and a worker come along; arguments are the program's.
"$qjs" -c app/graph.js -o standalone
expect "$graph" "$dir/standalone"
"$qjs" -c app/uses_worker.js -o standalone_worker
expect 'from the worker: 21' "$dir/standalone_worker"
"$qjs" -c app/data.js -o standalone_data
expect "$data" "$dir/standalone_data"
"$qjs" -c app/arguments.js -o with_arguments
expect '["-e","1","--help"] conf' "$dir/with_arguments" -e 1 --help
# Made by one that is standalone itself.
"$qjs" -c app/hello.js --exe "$dir/standalone" -o from_other
expect 'Hello World' "$dir/from_other"
refuse 'No such file' "$qjs" -c app/nowhere.js -o out
refuse 'is no executable' "$qjs" -c app/hello.js --exe app/hello.js -o out
printf 'throw new Error("thrown")\n' >throws.js
"$qjs" -c throws.js -o throws
if ./throws 2>said; then fail "an error ended well"; fi
grep -q 'Error: thrown' said || fail "an error was not said: $(cat said)"
# A damaged one says so.
size=$(wc -c <throws)
head -c $((size - 40)) throws >cut && tail -c 24 throws >>cut && chmod +x cut
if ./cut 2>said; then fail "a damaged bundle ran"; fi

# The cache: the same result with a cold, a warm and a damaged one; an unfit folder is said and not used.
i=0
while [ $i -lt 300 ]; do
    echo "export function f$i(x) { return x + $i }"
    i=$((i + 1))
done >big.mjs
echo 'console.log(f7(1), f299.toString())' >>big.mjs
want='8 function f299(x) { return x + 299 }'
for state in cold warm; do
    got=$("$qjs" --cache "$dir/cache" big.mjs) || fail "$state cache: status $?"
    [ "$got" = "$want" ] || fail "$state cache: $got"
done
[ "$(ls cache | wc -l)" = 1 ] || fail "cache: $(ls cache)"
for f in cache/*; do
    head -c 500 "$f" >part && mv part "$f"
done
[ "$("$qjs" --cache "$dir/cache" big.mjs)" = "$want" ] || fail "damaged cache"
chmod 777 cache
"$qjs" --cache "$dir/cache" big.mjs 2>said >got || fail "unfit cache: status $?"
grep -q 'others may write' said || fail "unfit cache: $(cat said)"
