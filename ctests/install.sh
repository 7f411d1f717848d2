#!/bin/sh
# install.sh CMAKE BUILD SOURCE CC: what `cmake --install` leaves behind can be used by find_package(qjs) and by
# pkg-config, static and shared.
set -eu
cmake=$1 build=$2 source=$3 cc=$4
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
prefix=$dir/prefix

"$cmake" --install "$build" --prefix "$prefix" >/dev/null
find "$prefix" -type f -o -type l | sed "s|$prefix/||" | sort

cat >"$dir/main.c" <<'C'
#include <quickjs.h>

int main(void)
{
    puts(JS_GetVersion());
    return 0;
}
C
cat >"$dir/CMakeLists.txt" <<'C'
cmake_minimum_required(VERSION 3.16)
project(user LANGUAGES C)
find_package(qjs 0.17 REQUIRED)
add_executable(user main.c)
target_link_libraries(user qjs)
foreach(kind static shared)
  if(TARGET qjs_${kind})
    add_executable(user_${kind} main.c)
    target_link_libraries(user_${kind} qjs_${kind})
  endif()
endforeach()
C
"$cmake" -S "$dir" -B "$dir/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" >/dev/null
"$cmake" --build "$dir/build" >/dev/null
for program in "$dir"/build/user*; do
    test -f "$program" -a -x "$program" || continue
    test "$("$program")" = 0.17.0
    echo "find_package: ${program##*/}"
done

if command -v pkg-config >/dev/null; then
    PKG_CONFIG_PATH=$(find "$prefix" -name pkgconfig)
    export PKG_CONFIG_PATH
    # The file names the prefix of the configuration; pkg-config may be told another.
    flags=$(pkg-config --define-variable=prefix="$prefix" --cflags --libs --static qjs)
    # shellcheck disable=SC2086
    "$cc" "$dir/main.c" $flags -o "$dir/user"
    LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
    export LD_LIBRARY_PATH
    test "$("$dir/user")" = 0.17.0
    echo pkg-config
fi
