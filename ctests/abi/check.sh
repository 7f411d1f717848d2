#!/bin/sh
# check.sh TABLES INCLUDE CC LIBRARY...: holds headers and libraries (.a or .so) to the tables of the ABI.
#
# From the rows it writes C that compiles only where each prototype, type, constant, size and offset is as the
# table says, a program that links only where each function is exported, and lists of symbols and macros that
# are compared with what `nm` and the headers say. Says every row that is not met; exit status 1 if there is one.
set -u
tables=$1 include=$2 cc=$3
shift 3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tab=$(printf '\t')
failed=0
fail() {
    echo "abi: $*"
    failed=1
}
# rows TABLE: without its head
rows() { tail -n +2 "$tables/$1.tsv"; }

# ---- what the tables ask for, as C

rows functions | cut -f1 | sort >"$dir/names"
[ "$(uniq -d "$dir/names" | wc -l)" = 0 ] || fail "functions.tsv names a function twice"

# Functions and inline functions of a header.
prototypes() {
    for table in functions inline; do
        rows "$table" | awk -F'\t' -v header="$1" -v table="$table" '
            # in C these are macros or helpers of macros; the C++ program has them
            table == "inline" && /^JS_(MKNAN|MKPTR|MKVAL|VALUE_GET_FLOAT64|VALUE_GET_NORM_TAG)\t/ { next }
            $2 == header {
                printf "_Static_assert(_Generic(&%s, %s (*)(%s): 1, default: 0), \"%s of %s.tsv\");\n", $1, $3, $4, $1, table
            }'
    done
}
types() {
    rows types | awk -F'\t' '
        $2 == "alias" {
            printf "_Static_assert(_Generic((%s *)0, %s *: 1, default: 0), \"%s of types.tsv\");\n", $1, $3, $1; next
        }
        $2 == "opaque struct" { printf "_Static_assert(_Generic((%s *)0, struct %s *: 1, default: 0), \"%s of types.tsv\");\n", $1, $1, $1; next }
        $2 == "function" {
            at = index($3, "(")
            printf "_Static_assert(_Generic((%s *)0, %s (*)%s: 1, default: 0), \"%s of types.tsv\");\n", $1, substr($3, 1, at - 1), substr($3, at), $1; next
        }
        { printf "_Static_assert(0, \"%s of types.tsv: what is a %s?\");\n", $1, $2 }'
}
layout() {
    rows layout | awk -F'\t' '
        $2 == "" {
            printf "_Static_assert(sizeof(%s) == %s, \"%s of layout.tsv: size\");\n", $1, $3, $1
            printf "_Static_assert(_Alignof(%s) == %s, \"%s of layout.tsv: alignment\");\n", $1, $4, $1; next
        }
        {
            printf "_Static_assert(offsetof(%s, %s) == %s, \"%s.%s of layout.tsv: offset\");\n", $1, $2, $3, $1, $2
            printf "_Static_assert(sizeof(((%s *)0)->%s) == %s, \"%s.%s of layout.tsv: size\");\n", $1, $2, $4, $1, $2
        }'
}
constants() {
    rows constants | awk -F'\t' '{ printf "_Static_assert(%s == %s, \"%s of constants.tsv\");\n", $1, $2, $1 }'
}
# Macros that the headers undefine again or define on other systems only are looked for in their text alone.
macros() {
    rows macros | awk -F'\t' -v only="$1" '
        (only == "" || $2 == only) && $1 !~ /^(QUICKJS_NG_PLAT_WIN32|QUICKJS_NG_CC_GNULIKE|JS_NAN_BOXING|JS_FLOAT64_TAG_ADDEND)$/ {
            printf "#ifndef %s\n# error \"%s of macros.tsv\"\n#endif\n", $1, $1
        }'
}

{
    echo '#include "quickjs.h"'
    macros quickjs.h
    constants
    layout
    types | grep -v '"JSLoadFileFunc '
    prototypes quickjs.h
} >"$dir/quickjs.c"
{
    echo '#include "quickjs-libc.h"'
    macros ""
    types
    prototypes quickjs-libc.h
} >"$dir/libc.c"
for program in quickjs libc; do
    "$cc" -std=c11 -Wall -Wextra -Werror -I"$include" -fsyntax-only "$dir/$program.c" >"$dir/log" 2>&1 || {
        sed -n 's/.*error: //p' "$dir/log" | sort -u | while read -r line; do echo "abi: $line"; done
        failed=1
    }
done

# In C++ three of those five are inline functions. The other two are so in 32-bit programs only.
{
    echo '#include <type_traits>'
    echo '#include "quickjs.h"'
    rows inline | awk -F'\t' '!/^JS_VALUE_GET_(FLOAT64|NORM_TAG)\t/ {
        printf "static_assert(std::is_same<decltype(&%s), %s (*)(%s)>::value, \"%s of inline.tsv in C++\");\n", $1, $3, $4, $1
    }'
} >"$dir/inline.cc"
case $cc in
    *clang*) cxx=clang++ ;;
    *) cxx=g++ ;;
esac
if command -v "$cxx" >/dev/null; then
    "$cxx" -std=c++11 -Wall -Wextra -Werror -Wno-unused-function -I"$include" -fsyntax-only "$dir/inline.cc" \
        >"$dir/log" 2>&1 || {
        sed -n 's/.*error: //p' "$dir/log" | sort -u | while read -r line; do echo "abi: $line"; done
        failed=1
    }
fi

rows inline | grep "^JS_VALUE_GET_" | while IFS=$tab read -r name header returns params; do
    grep -q "^static inline $returns $name($params)" "$include/$header" ||
        echo "$name of inline.tsv: $header has no such 32-bit inline function"
done >"$dir/log"
if [ -s "$dir/log" ]; then
    sed 's/^/abi: /' "$dir/log"
    failed=1
fi

# ---- macros and their arguments, from the headers' text

for header in quickjs.h quickjs-libc.h; do
    rows macros | awk -F'\t' -v h="$header" '$2 == h { a = $3; gsub(/[ \t]/, "", a); print $1 a }' | sort -u >"$dir/wants"
    sed -n 's/^[[:space:]]*#[[:space:]]*define[[:space:]]*\([A-Za-z_0-9]*\(([^)]*)\)\{0,1\}\).*/\1/p' "$include/$header" |
        tr -d ' \t' | sort -u >"$dir/has"
    comm -23 "$dir/wants" "$dir/has" | while read -r name; do echo "abi: macros.tsv: $header does not define $name"; done
    [ -z "$(comm -23 "$dir/wants" "$dir/has")" ] || failed=1
    # Some have another form in C++ or for 32 bits; but none is without a row.
    sed 's/(.*//' "$dir/has" | sort -u >"$dir/names.h"
    rows macros | cut -f1 | sort -u >"$dir/names.tsv"
    comm -13 "$dir/names.tsv" "$dir/names.h" | while read -r name; do echo "abi: $header defines $name, which is not in macros.tsv"; done
    [ -z "$(comm -13 "$dir/names.tsv" "$dir/names.h")" ] || failed=1
done

# ---- symbols

{
    echo '#include "quickjs-libc.h"'
    echo 'typedef void any_function(void);'
    echo 'any_function *const exported[] = {'
    sed 's/.*/    (any_function *)&,/' "$dir/names"
    echo '    0'
    echo '};'
    echo 'int main(void) { size_t n = 0; while (exported[n]) n++; return n + 1 != sizeof(exported) / sizeof(exported[0]); }'
} >"$dir/link.c"
for library; do
    case $library in
        *.so*)
            nm -D --defined-only "$library" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u >"$dir/has"
            # nothing but the ABI
            comm -13 "$dir/names" "$dir/has" >"$dir/more"
            [ ! -s "$dir/more" ] || fail "$library exports more: $(tr '\n' ' ' <"$dir/more")"
            ;;
        *)
            # Not nm: where clang is installed, its plugin trips over the bitcode in rustc's objects.
            readelf -sW "$library" 2>/dev/null |
                awk '$4 == "FUNC" && $5 != "LOCAL" && $7 != "UND" { print $8 }' | sort -u >"$dir/has"
            ;;
    esac
    comm -23 "$dir/names" "$dir/has" >"$dir/less"
    [ ! -s "$dir/less" ] || fail "functions.tsv: $library does not export: $(tr '\n' ' ' <"$dir/less")"
    # shellcheck disable=SC2086
    if "$cc" -std=c11 -w -I"$include" "$dir/link.c" "$library" ${QJS_ABI_LINK:--lm -ldl -lpthread} \
        -Wl,-rpath,"$(dirname "$library")" -o "$dir/link" >"$dir/log" 2>&1; then
        "$dir/link" || fail "$library: a function has no address"
    else
        sed -n 's/.*\(undefined reference.*\)/abi: \1/p; s/.*\(error: .*\)/abi: \1/p' "$dir/log" | sort -u
        fail "$library does not link"
    fi
done

for table in functions inline types constants layout macros; do
    printf '%s: %s rows%s' "$table" "$(rows "$table" | wc -l)" "; "
done
echo
exit $failed
