#!/usr/bin/env python3
"""Drives libqjs.so from Python by cffi, with nothing but the tables of the ABI: values both ways, functions in both
directions, exceptions, properties, arrays, buffers, jobs, limits. `python_host.py LIBRARY TABLES`; exit status 0 is
success, 77 that cffi is missing. (ctypes has no callbacks that answer a structure, as C functions do here.)
"""

import struct
import sys
import time

try:
    import cffi
except ImportError:
    print("python_host: no cffi (pip install cffi)")
    sys.exit(77)

TAG_BIG_INT, TAG_STRING, TAG_OBJECT, TAG_INT, TAG_BOOL, TAG_NULL, TAG_UNDEFINED, TAG_EXCEPTION, TAG_FLOAT64 = (
    -9, -7, -1, 0, 1, 2, 3, 6, 8)
GLOBAL = 0

# A value is 16 bytes, passed and answered by value. cffi's callbacks take no union: its bits, then.
TYPES = """
typedef struct { uint64_t bits; int64_t tag; } JSValue;
typedef JSValue JSValueConst;
typedef struct JSRuntime JSRuntime;
typedef struct JSContext JSContext;
"""

NAMES = """
JS_NewRuntime JS_FreeRuntime JS_NewContext JS_FreeContext JS_SetDumpFlags JS_GetVersion JS_Eval JS_FreeValue JS_DupValue
JS_ToCStringLen2 JS_FreeCString JS_NewStringLen JS_NewObject JS_NewArray JS_NewBigInt64 JS_ToBigInt64 JS_GetGlobalObject
JS_GetException JS_HasException JS_Throw JS_NewError JS_IsArray JS_IsFunction JS_SetPropertyStr JS_GetPropertyUint32
JS_SetPropertyUint32 JS_GetLength JS_Call JS_NewCClosure JS_NewArrayBufferCopy JS_ExecutePendingJob JS_SetMemoryLimit
JS_SetInterruptHandler JS_RunGC
""".split()

CALLBACKS = ["JSCClosure", "JSCClosureFinalizerFunc", "JSInterruptHandler"]


def load(path, tables):
    """The library, with the prototypes that the tables give."""

    def rows(name):
        with open(f"{tables}/{name}.tsv", encoding="utf-8") as f:
            return [line.rstrip("\n").split("\t") for line in f][1:]

    ffi = cffi.FFI()
    ffi.cdef(TYPES)
    for name, _, definition in rows("types"):
        if name in CALLBACKS:
            result, arguments = definition.split("(", 1)
            ffi.cdef(f"typedef {result} {name}({arguments};")
    for name, _, result, arguments in rows("functions"):
        if name in NAMES:
            ffi.cdef(f"{result} {name}({arguments});")
    return ffi, ffi.dlopen(path)


class Thrown(Exception):
    """What a script threw."""


class Engine:
    """One runtime with one context. Python's numbers, strings, lists, dicts and functions go in and out."""

    def __init__(self, ffi, lib):
        self.ffi, self.lib, self.kept = ffi, lib, {}
        self.rt = lib.JS_NewRuntime()
        lib.JS_SetDumpFlags(self.rt, 0x10C000)  # JS_ABORT_ON_LEAKS
        self.ctx = lib.JS_NewContext(self.rt)
        self.released = ffi.callback("JSCClosureFinalizerFunc", self.release)

    def close(self):
        self.lib.JS_FreeContext(self.ctx)
        self.lib.JS_FreeRuntime(self.rt)
        assert not self.kept, "functions that nobody freed"

    def release(self, key):
        del self.kept[int(self.ffi.cast("size_t", key))]

    # -- values

    def simple(self, tag, bits=0):
        return self.ffi.new("JSValue *", {"bits": bits & (2**64 - 1), "tag": tag})[0]

    def value(self, x):
        """A new JS value of a Python one."""
        lib, ctx = self.lib, self.ctx
        if x is None:
            return self.simple(TAG_NULL)
        if isinstance(x, bool):
            return self.simple(TAG_BOOL, x)
        if isinstance(x, int):
            if -2**31 <= x < 2**31:
                return self.simple(TAG_INT, x & 0xFFFFFFFF)
            return lib.JS_NewBigInt64(ctx, x)
        if isinstance(x, float):
            return self.simple(TAG_FLOAT64, struct.unpack("<Q", struct.pack("<d", x))[0])
        if isinstance(x, str):
            text = x.encode()
            return lib.JS_NewStringLen(ctx, text, len(text))
        if isinstance(x, bytes):
            return lib.JS_NewArrayBufferCopy(ctx, x, len(x))
        if isinstance(x, (list, tuple)):
            a = lib.JS_NewArray(ctx)
            for n, item in enumerate(x):
                lib.JS_SetPropertyUint32(ctx, a, n, self.value(item))
            return a
        if isinstance(x, dict):
            o = lib.JS_NewObject(ctx)
            for key, item in x.items():
                lib.JS_SetPropertyStr(ctx, o, key.encode(), self.value(item))
            return o
        if callable(x):
            return self.function(x)
        raise TypeError(type(x))

    def function(self, f):
        """A JS function that calls a Python one. It is kept until the JS function dies."""
        lib, ffi = self.lib, self.ffi

        @ffi.callback("JSCClosure")
        def call(ctx, this, argc, argv, magic, opaque):
            try:
                return self.value(f(*[self.python(argv[n]) for n in range(argc)]))
            except Exception as e:
                error = lib.JS_NewError(ctx)
                lib.JS_SetPropertyStr(ctx, error, b"message", self.value(str(e)))
                lib.JS_SetPropertyStr(ctx, error, b"name", self.value(type(e).__name__))
                return lib.JS_Throw(ctx, error)

        key = max(self.kept, default=0) + 1
        self.kept[key] = call
        return lib.JS_NewCClosure(self.ctx, call, f.__name__.encode(), self.released, 0, 0, ffi.cast("void *", key))

    def text(self, v):
        length = self.ffi.new("size_t *")
        p = self.lib.JS_ToCStringLen2(self.ctx, length, v, False)
        if not p:
            self.throw()
        text = bytes(self.ffi.buffer(p, length[0])).decode("utf-8", "surrogatepass")
        self.lib.JS_FreeCString(self.ctx, p)
        return text

    def python(self, v):
        """A borrowed JS value as a Python one."""
        lib, ctx = self.lib, self.ctx
        if v.tag == TAG_INT:
            return (v.bits & 0xFFFFFFFF ^ 0x80000000) - 0x80000000
        if v.tag == TAG_BOOL:
            return bool(v.bits & 0xFFFFFFFF)
        if v.tag in (TAG_NULL, TAG_UNDEFINED):
            return None
        if v.tag == TAG_FLOAT64:
            return struct.unpack("<d", struct.pack("<Q", v.bits))[0]
        if v.tag == TAG_BIG_INT:
            n = self.ffi.new("int64_t *")
            assert lib.JS_ToBigInt64(ctx, n, v) == 0
            return n[0]
        if v.tag == TAG_OBJECT and lib.JS_IsArray(v):
            n = self.ffi.new("int64_t *")
            assert lib.JS_GetLength(ctx, v, n) == 0
            return [self.take(lib.JS_GetPropertyUint32(ctx, v, k)) for k in range(n[0])]
        if v.tag == TAG_OBJECT and lib.JS_IsFunction(ctx, v):
            return lambda *args: self.call(v, *args)
        return self.text(v)

    def take(self, v):
        """The same of an owned one; what was thrown is raised."""
        if v.tag == TAG_EXCEPTION:
            self.throw()
        try:
            return self.python(v)
        finally:
            self.lib.JS_FreeValue(self.ctx, v)

    def throw(self):
        e = self.lib.JS_GetException(self.ctx)
        try:
            text = self.text(e)
        finally:
            self.lib.JS_FreeValue(self.ctx, e)
        raise Thrown(text)

    # -- scripts

    def eval(self, source):
        text = source.encode()
        return self.take(self.lib.JS_Eval(self.ctx, text, len(text), b"host.py", GLOBAL))

    def call(self, f, *args):
        values = [self.value(a) for a in args]
        result = self.lib.JS_Call(self.ctx, f, self.simple(TAG_UNDEFINED), len(values), values)
        for v in values:
            self.lib.JS_FreeValue(self.ctx, v)
        return self.take(result)

    def set(self, name, x):
        g = self.lib.JS_GetGlobalObject(self.ctx)
        assert self.lib.JS_SetPropertyStr(self.ctx, g, name.encode(), self.value(x)) >= 0
        self.lib.JS_FreeValue(self.ctx, g)

    def run_jobs(self):
        ctx, n = self.ffi.new("JSContext **"), 0
        while (r := self.lib.JS_ExecutePendingJob(self.rt, ctx)) != 0:
            n += 1
            if r < 0:
                self.throw()
        return n


def thrown(f, *args):
    try:
        f(*args)
    except Thrown as e:
        return str(e)
    raise AssertionError("nothing was thrown")


def main(path, tables):
    ffi, lib = load(path, tables)
    assert ffi.string(lib.JS_GetVersion()) == b"0.17.0"
    js = Engine(ffi, lib)

    # values
    assert js.eval("1 + 1") == 2
    assert js.eval("0.5 + 1") == 1.5
    assert js.eval("2n ** 40n") == 2**40
    assert js.eval("[true, null, undefined, 'x\\u00e9\\u{1f600}', [1, [2]]]") == [True, None, None, "xé😀", [1, [2]]]
    js.set("data", {"list": [1, 2.5, "three", None, False], "big": 2**53, "nested": {"a": [{}]}})
    assert js.eval("JSON.stringify(data, (k, v) => typeof v == 'bigint' ? String(v) : v)") == (
        '{"list":[1,2.5,"three",null,false],"big":"9007199254740992","nested":{"a":[{}]}}')
    js.set("bytes", bytes(range(256)))
    assert js.eval("new Uint8Array(bytes).reduce((a, b) => a + b)") == sum(range(256))

    # Python functions called by scripts
    calls = []

    def record(*args):
        calls.append(args)
        return len(calls)

    def divide(a, b):
        return a / b

    js.set("record", record)
    js.set("divide", divide)
    assert js.eval("record(1, 'two', [3]) + record()") == 3
    assert calls == [(1, "two", [3]), ()]
    assert js.eval("record.name") == "record"
    assert js.eval("divide(7, 2)") == 3.5
    assert js.eval("try { divide(1, 0) } catch (e) { `${e.name}: ${e.message} ${e instanceof Error}` }") == (
        "ZeroDivisionError: division by zero true")
    assert thrown(js.eval, "divide(1, 0)") == "ZeroDivisionError: division by zero"
    assert js.eval("[3, 1, 2].map(x => divide(x, 2)).sort()") == [0.5, 1, 1.5]
    js.set("apply", lambda f, *args: f(*args))
    assert js.eval("apply((a, b) => a * b, 6, 7)") == 42
    assert js.eval("apply(apply, apply, (a) => a + 'c', 'b')") == "bc"

    # exceptions
    assert thrown(js.eval, "null.x").startswith("TypeError: ")
    assert thrown(js.eval, "throw { toString() { return 'own' } }") == "own"
    assert thrown(js.eval, "syntax error").startswith("SyntaxError: ")
    assert not lib.JS_HasException(js.ctx)

    # promises and jobs
    js.set("seen", [])
    js.eval("(async () => { seen.push(await Promise.resolve('a')); seen.push('b') })()")
    assert js.eval("seen.length") == 0
    assert js.run_jobs() > 0
    assert js.eval("seen") == ["a", "b"]

    # limits
    lib.JS_SetMemoryLimit(js.rt, 16 << 20)
    assert thrown(js.eval, "let a = []; while (true) a.push('x'.repeat(1000) + a.length)") == "InternalError: out of memory"
    lib.JS_SetMemoryLimit(js.rt, 0)
    js.eval("a = undefined")
    assert thrown(js.eval, "(function f() { f() })()").startswith("RangeError: ")
    end = time.monotonic() + 0.1
    handler = ffi.callback("JSInterruptHandler", lambda rt, opaque: time.monotonic() > end)
    lib.JS_SetInterruptHandler(js.rt, handler, ffi.NULL)
    assert thrown(js.eval, "for (;;);") == "InternalError: interrupted"
    lib.JS_SetInterruptHandler(js.rt, ffi.NULL, ffi.NULL)
    assert js.eval("1 + 1") == 2

    # what scripts let go of, Python may
    for name in ("record", "divide", "apply"):
        js.eval(f"delete globalThis.{name}")
    lib.JS_RunGC(js.rt)
    assert not js.kept
    js.close()
    print("python drives", path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
