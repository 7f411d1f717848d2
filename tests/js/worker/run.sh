#!/bin/sh
# run.sh QJS SCRIPT TEXT: the script must succeed, and write TEXT: one that ends early has not passed.
out=$("$1" "$2") || { echo "$out"; echo "exit status $?"; exit 1; }
echo "$out"
case $out in *"$3"*) ;; *) echo "it does not write: $3"; exit 1 ;; esac
