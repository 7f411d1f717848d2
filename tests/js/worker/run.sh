#!/bin/sh
# run.sh QJS SCRIPT TEXT [OPTION...]: the script must succeed, and write TEXT: one that ends early has not passed. Options
# are qjs's.
qjs=$1 script=$2 text=$3
shift 3
out=$("$qjs" "$@" "$script") || { status=$?; echo "$out"; echo "exit status $status"; exit 1; }
echo "$out"
case $out in *"$text"*) ;; *) echo "it does not write: $text"; exit 1 ;; esac
