#!/bin/sh
# headers.sh INCLUDE CC [CXX]: quickjs.h and quickjs-libc.h compile alone and together, in either order, twice
# over, in every standard below, with every warning an error; and a wrong printf format warns. GCC and clang are
# tried both, where they are installed.
set -eu
include=$1
cc=$2
cxx=${3:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

echo '#include "quickjs.h"' >"$dir/1"
echo '#include "quickjs-libc.h"' >"$dir/2"
cat "$dir/1" "$dir/2" "$dir/1" >"$dir/3"
cat "$dir/2" "$dir/1" "$dir/2" >"$dir/4"
done=0

# compile COMPILER LANGUAGE STANDARD [FLAGS]: skipped when the compiler does not know the standard
compile() {
    compiler=$1 language=$2 standard=$3
    shift 3
    if ! echo 'int x;' | "$compiler" -x "$language" "-std=$standard" -fsyntax-only - 2>/dev/null; then
        echo "skip: $compiler -std=$standard"
        return
    fi
    for n in 1 2 3 4; do
        "$compiler" -x "$language" "-std=$standard" -Wall -Wextra -Wpedantic -Werror "$@" -I"$include" \
            -fsyntax-only - <"$dir/$n"
    done
    done=$((done + 1))
}

# Each printf-style function with arguments that fit its format, and with ones that do not: the first is silent,
# each of the others warns.
variadic="JS_NewPlainError JS_NewInternalError JS_NewRangeError JS_NewReferenceError JS_NewSyntaxError
    JS_NewTypeError JS_ThrowPlainError JS_ThrowInternalError JS_ThrowRangeError JS_ThrowReferenceError
    JS_ThrowSyntaxError JS_ThrowTypeError JS_ThrowDOMException"
formats() {
    compiler=$1 language=$2
    for f in $variadic; do
        name=
        [ "$f" != JS_ThrowDOMException ] || name='"AbortError", '
        n=0
        for arguments in '"%s %d", "a", 1' '"%s", 1' '"%d %d", 1' '"%d", "a"' '"%zu", 1.5'; do
            n=$((n + 1))
            {
                echo '#include "quickjs.h"'
                echo 'void f(JSContext *ctx);'
                echo "void f(JSContext *ctx) { JS_FreeValue(ctx, $f(ctx, $name$arguments)); }"
            } >"$dir/one"
            fine=0
            "$compiler" -x "$language" -Wall -Werror -I"$include" -fsyntax-only - <"$dir/one" 2>/dev/null || fine=1
            if [ "$n" = 1 ] && [ $fine != 0 ] || [ "$n" != 1 ] && [ $fine = 0 ]; then
                echo "$compiler: $f($arguments) is $([ $fine = 0 ] && echo accepted || echo refused)"
                exit 1
            fi
        done
        done=$((done + 1))
    done
}

tried=
for c in "$cc" gcc clang; do
    command -v "$c" >/dev/null || continue
    case " $tried " in *" $("$c" --version | head -n 1 | tr ' ' _) "*) continue ;; esac
    tried="$tried $("$c" --version | head -n 1 | tr ' ' _)"
    for standard in c11 gnu11 c17 c23 c2x gnu23 gnu2x; do
        compile "$c" c "$standard"
    done
    compile "$c" c c11 -DJS_CHECK_JSVALUE
    compile "$c" c c11 -DBUILDING_QJS_SHARED
    compile "$c" c c11 -DUSING_QJS_SHARED -DQUICKJS_NG_MODULE_BUILD
    formats "$c" c
done
tried=
for c in $cxx g++ clang++; do
    command -v "$c" >/dev/null || continue
    case " $tried " in *" $("$c" --version | head -n 1 | tr ' ' _) "*) continue ;; esac
    tried="$tried $("$c" --version | head -n 1 | tr ' ' _)"
    for standard in c++11 c++14 c++17 c++20 c++23 gnu++20; do
        compile "$c" c++ "$standard"
    done
done
echo "$done combinations"
[ "$done" -gt 0 ]
