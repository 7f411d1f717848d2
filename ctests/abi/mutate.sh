#!/bin/sh
# mutate.sh TABLES INCLUDE CC LIBRARY...: check.sh passes with the tables as they are, and with one row changed,
# each row below in turn, it fails and names the row.
set -eu
tables=$1
here=$(dirname "$0")
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sh "$here/check.sh" "$tables" "$@" >"$dir/log" 2>&1 || {
    cat "$dir/log"
    exit 1
}
tab=$(printf '\t')
changed=0

# change TABLE NAME SED: one row, found by what it begins with
change() {
    rm -rf "$dir/tables"
    cp -r "$tables" "$dir/tables"
    sed "/^$2$tab/{$3}" "$tables/$1.tsv" >"$dir/tables/$1.tsv"
    if cmp -s "$tables/$1.tsv" "$dir/tables/$1.tsv"; then
        echo "mutate: no row $2 in $1.tsv changes by $3"
        exit 1
    fi
    shift 3
    name=$1
    shift
    if sh "$here/check.sh" "$dir/tables" "$@" >"$dir/log" 2>&1; then
        echo "mutate: nobody minds the changed row $name"
        exit 1
    fi
    if ! grep -q -- "$name" "$dir/log"; then
        echo "mutate: the failure does not name $name:"
        cat "$dir/log"
        exit 1
    fi
    changed=$((changed + 1))
}
# add TABLE ROW NAME ARGS: one row more
add() {
    rm -rf "$dir/tables"
    cp -r "$tables" "$dir/tables"
    printf '%b\n' "$2" >>"$dir/tables/$1.tsv"
    name=$3
    shift 3
    if sh "$here/check.sh" "$dir/tables" "$@" >"$dir/log" 2>&1 || ! grep -q -- "$name" "$dir/log"; then
        echo "mutate: nobody minds the row $name"
        exit 1
    fi
    changed=$((changed + 1))
}

change functions JS_NewAtomLen "s/size_t len/int len/" JS_NewAtomLen "$@"
change functions JS_FreezeObject "s/${tab}int/${tab}void/" JS_FreezeObject "$@"
change functions JS_IsArray 's/JSValueConst val/JSValueConst val, int x/' JS_IsArray "$@"
change functions JS_NewDate 's/^JS_NewDate/JS_NewDay/' JS_NewDay "$@"
change functions JS_ThrowTypeError 's/, \.\.\.//' JS_ThrowTypeError "$@"
change functions JS_GetVersion d JS_GetVersion "$@"
change inline JS_NewInt64 's/int64_t/int32_t/' JS_NewInt64 "$@"
change inline JS_VALUE_GET_NORM_TAG "s/${tab}int${tab}/${tab}bool${tab}/" JS_VALUE_GET_NORM_TAG "$@"
change types JSAtom 's/uint32_t/int32_t/' JSAtom "$@"
change types JSClassCall 's/int flags/unsigned flags/' JSClassCall "$@"
change types JSLoadFileFunc 's/uint8_t/char/' JSLoadFileFunc "$@"
change constants JS_TAG_OBJECT 's/-1/-2/' JS_TAG_OBJECT "$@"
change constants JS_EVAL_FLAG_ASYNC 's/[0-9]*$/3/' JS_EVAL_FLAG_ASYNC "$@"
change layout "JSValue$tab" 's/16/8/' JSValue "$@"
change layout "JSMemoryUsage${tab}atom_count" 's/40/48/' JSMemoryUsage.atom_count "$@"
change layout "JSPropertyEnum${tab}atom" 's/[0-9]*$/8/' JSPropertyEnum.atom "$@"
change macros JS_CGETSET_DEF2 's/prop_flags/flags/' JS_CGETSET_DEF2 "$@"
change macros JS_GPN_SET_ENUM 's/^/X/' XJS_GPN_SET_ENUM "$@"
change macros JS_FreeValues d JS_FreeValues "$@"
add functions 'JS_Nonsense\tquickjs.h\tint\tvoid' JS_Nonsense "$@"
add constants 'JS_NONSENSE\t1' JS_NONSENSE "$@"
add layout 'JSValue\tnonsense\t0\t8' nonsense "$@"
echo "$changed changed rows were noticed"
