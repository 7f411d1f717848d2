/* A host whose allocator refuses the nth allocation, for every n from the first on until a run needs no more:
   whatever is refused, the outcome is a NULL or a JS exception; nothing leaks, nothing crashes, and what was there
   goes on working. It is done four times over: exactly the nth allocation is refused; all from the nth on are; the
   memory limit is ever a little higher; and, in a library built with QJS_ENABLE_GC_STRESS, the nth cell is
   refused (cells are cut from larger allocations, so that a host's allocator seldom sees one). */
#include "check.h"

#include <malloc.h>

typedef struct Heap {
    long count; /* allocations asked for so far */
    long refuse; /* the one that is refused; 0: none */
    bool rest; /* all after it are too */
    bool refused;
    long live; /* blocks not freed */
    bool lenient; /* something is refused without our knowing: an exception says so */
} Heap;

/* A place for a debugger's breakpoint. */
__attribute__((noinline)) static void refused_here(Heap *h)
{
    h->refused = true;
}

static bool refuses(Heap *h)
{
    h->count++;
    if (h->refuse == 0 || h->count < h->refuse || (h->count > h->refuse && !h->rest))
        return false;
    refused_here(h);
    return true;
}

static void *heap_calloc(void *opaque, size_t count, size_t size)
{
    Heap *h = opaque;

    if (refuses(h))
        return NULL;
    h->live++;
    return calloc(count, size);
}

static void *heap_malloc(void *opaque, size_t size)
{
    Heap *h = opaque;
    void *p;

    if (refuses(h))
        return NULL;
    h->live++;
    p = malloc(size);
    if (p)
        memset(p, 0xa5, size);
    return p;
}

static void heap_free(void *opaque, void *ptr)
{
    Heap *h = opaque;

    if (ptr)
        h->live--;
    free(ptr);
}

static void *heap_realloc(void *opaque, void *ptr, size_t size)
{
    Heap *h = opaque;

    if (refuses(h))
        return NULL;
    if (!ptr)
        h->live++;
    return realloc(ptr, size);
}

static size_t heap_size(const void *ptr)
{
    return malloc_usable_size((void *)ptr);
}

static const JSMallocFunctions functions = {
    heap_calloc, heap_malloc, heap_free, heap_realloc, heap_size
};

/* Each script is short, that all of its allocations can be refused in turn; together they touch most of the
   language. What they evaluate to is compared when nothing was refused. */
static const struct {
    const char *source, *want;
} scripts[] = {
    { "var o = { a: 1, b: { c: [1, 2, 3] }, get d() { return 4 }, ['e' + 1]: 5 }; delete o.a; o.z = 1;"
      "Object.keys(o).join() + Object.entries(o.b).length + JSON.stringify(o)", NULL },
    { "var o = {}; for (var i = 0; i < 300; i++) o['k' + i] = i; var n = 0; for (var k in o) n += o[k];"
      "Object.freeze(o); n", "44850" },
    { "var a = []; for (var i = 0; i < 2000; i++) a.push(i * 1.5); a.sort((x, y) => y - x); a.splice(5, 10, 'x');"
      "a[5000] = 1; a.length = 10; a.concat(a.slice(2)).map(String).filter(Boolean).reverse().join()", NULL },
    { "var s = ''; for (var i = 0; i < 300; i++) s += 'abc\\u0101' + i; s.split('b').length +"
      "s.replace(/[0-9]+/g, x => '<' + x + '>').toUpperCase().slice(3, 900).padEnd(1000, 'xyz').length", "1301" },
    { "class A { #x = 1; static s = [1]; constructor(y) { this.y = y } get x() { return this.#x } m() { return super.toString() } }"
      "class B extends A { constructor() { super(2); this.z = () => new.target } *[Symbol.iterator]() { yield* [1, 2, this.x] } }"
      "var b = new B(); [...b].join() + b.z().name + b.m() + (b instanceof A)", "1,2,1B[object Object]true" },
    { "function* g() { try { var x = yield 1; yield x } finally { yield 'f' } } var i = g(); i.next();"
      "[i.next(5).value, i.return(6).value, JSON.stringify(i.next())].join()", "5,f,{\"value\":6,\"done\":true}" },
    { "var f = []; for (let i = 0; i < 20; i++) f.push(() => i++); f.map(g => g() + g()).reduce((a, b) => a + b)", "400" },
    { "var m = new Map(), s = new Set(), w = new WeakMap(), ws = new WeakSet(), k = {};"
      "for (var i = 0; i < 200; i++) { m.set(i, {}); s.add('' + i) } w.set(k, m); ws.add(k); new WeakRef(k).deref();"
      "m.delete(3); [...m.keys()].length + [...s].length + w.get(k).size + Object.groupBy([1, 2, 3], x => x % 2)[1].length", "600" },
    { "try { null.x } catch (e) { e.stack + e.message } finally { try { throw new RangeError('x', { cause: 1 }) } catch { } }"
      "var e = new AggregateError([1, 2], 'm'); e.errors.length + e.message", "2m" },
    { "var r = /(?<y>\\d{4})-(?<m>\\d\\d)|(x+)+$/giu; var t = '2020-01 2021-02 xxxxxxxxxx'; [...t.matchAll(r)].map(m => m.groups.y).join() +"
      "t.replace(r, '[$<m>]') + /\\p{L}+/v.exec('\\u00e9t\\u00e9')[0].length + 'aBc'.search(/b/i)", NULL },
    { "[12345678901234567890n ** 20n, -(2n ** 200n) >> 3n, BigInt.asUintN(64, -1n), 0x1fffffffffffffn * 3n, 7n / 2n].map(String).join().length", NULL },
    { "var b = new ArrayBuffer(16, { maxByteLength: 64 }), u = new Uint8Array(b), d = new DataView(b); d.setFloat64(0, Math.PI);"
      "b.resize(32); u.set([1, 2, 3], 4); Float32Array.from(u).map(x => x * 2).subarray(2).toSorted().join() + b.transfer(8).byteLength", NULL },
    { "var p = new Proxy({ a: 1 }, { get(t, k, r) { return k in t ? Reflect.get(t, k, r) : String(k) }, ownKeys(t) { return ['a', 'q'] },"
      "getOwnPropertyDescriptor() { return { configurable: true, enumerable: true, value: 1 } } }); p.zz + Object.keys(p) + JSON.stringify({ ...p })", NULL },
    { "var { a, ...r } = { a: 1, b: 2, c: 3 }, [x, , y = 5, ...z] = 'abcde'; var t = (s, ...v) => s.raw.join() + v; "
      "JSON.stringify(r) + x + y + z + t`a${1}b\\n${2}`", NULL },
    { "var out = []; Promise.all([1, Promise.resolve(2), new Promise(r => r(3))]).then(v => out.push(v));"
      "Promise.reject(1).catch(() => out.push('c')).finally(() => out.push('f')); Promise.race([1]); Promise.any([Promise.reject(1), 2]);"
      "async function f(x) { for await (var y of g()) out.push(await x + y); try { await Promise.reject(3) } catch (e) { out.push(e) } }"
      "async function* g() { yield 1; yield await 2 } f(1); out", NULL },
    { "JSON.stringify(JSON.parse('{\"a\":[1,2,{\"b\":null}],\"c\":\"\\\\u00e9x\",\"d\":1e3}', (k, v) => v), null, 2).length", "84" },
    { "eval('var q = 1; (function () { eval(\"q = 2\"); return q })()') + new Function('a', 'b', 'return a + b')(1, 2)", "5" },
    { "with ({ x: 1 }) { var y = x + 1 } label: for (var i = 0; ; i++) { switch (i) { case 3: break label; default: continue } } y + i + typeof undeclared", "5undefined" },
    { "new Date(2020, 1, 2).toString().length + new Date(0).toISOString() + Date.parse('2020-01-01T00:00Z') + encodeURIComponent('\\u00e9') + escape('\\u0101')", NULL },
    { "Symbol.for('x').description + Symbol('y').toString() + [1, [2, [3]]].flat(2) + Array.from({ length: 3 }, (_, i) => i) + Iterator.from([1, 2, 3]).map(x => x * 2).take(2).toArray()", NULL },
    { "Object.defineProperties(function () { return arguments }, { a: { get() { return 1 }, configurable: true } }).a + (function (a) { arguments[0] = 2; return a + arguments.length })(1)", "4" },
    { "'\\u00c5'.normalize('NFD').length + 'x'.localeCompare('y') + 'a-b'.replaceAll('-', '+') + '\\ud83d\\ude00'.codePointAt() + 'I'.toLowerCase() + 'abc'.at(-1) + String.raw`\\x`", NULL },
    { "Reflect.ownKeys(class { static a() {} static #b = 1; static { this.c = 1 } }).length + Object.getOwnPropertyNames(globalThis).length > 60", "true" },
    { "var d = []; { using x = { [Symbol.dispose]() { d.push('d') } } } d.join()", NULL },
    { "(function f(n) { return n ? f(n - 1) + 1 : 0 })(500)", "500" },
    { "var l = null; for (var i = 0; i < 3000; i++) l = { next: l, me: null }; for (var x = l; x; x = x.next) x.me = x; 'ok'", "ok" },
};

static JSValue native(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    if (argc < 1)
        return JS_ThrowTypeError(ctx, "%s", "too few");
    return JS_Call(ctx, argv[0], JS_UNDEFINED, argc - 1, argv + 1);
}

static JSValue getter(JSContext *ctx, JSValueConst this_val, int magic)
{
    return JS_NewInt32(ctx, magic);
}

static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("native", 1, native),
    JS_CGETSET_MAGIC_DEF("got", getter, NULL, 7),
    JS_PROP_STRING_DEF("text", "t\xc3\xa9xt", JS_PROP_C_W_E),
    JS_PROP_DOUBLE_DEF("number", 1.5, 0),
};

static JSValue closure(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int magic, void *opaque)
{
    return JS_NewInt32(ctx, *(int *)opaque + magic);
}

static JSValue with_data(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    return JS_DupValue(ctx, data[0]);
}

static JSValue job(JSContext *ctx, int argc, JSValueConst *argv)
{
    return JS_NewInt32(ctx, argc);
}

/* Everything that C can ask for and that may need memory. Each step goes on from whatever the one before left:
   an exception is taken, NULL is not used. */
static void host(JSContext *ctx, Heap *h)
{
    JSValue o, f, a[3], v, g, settle[2];
    JSPropertyEnum *tab;
    JSPropertyDescriptor d;
    JSAtom atom;
    const char *s;
    const uint16_t *u;
    uint32_t n;
    size_t len;
    static int number = 5;

#define TAKEN() (h->refused |= h->lenient, JS_FreeValue(ctx, JS_GetException(ctx)))
    o = JS_NewObject(ctx);
    if (JS_IsException(o)) {
        TAKEN();
        return;
    }
    if (JS_SetPropertyFunctionList(ctx, o, list, 4) < 0)
        TAKEN();
    f = JS_NewCFunction(ctx, native, "a name that is no atom yet", 2);
    a[0] = JS_NewCClosure(ctx, closure, "c", NULL, 0, 3, &number);
    a[1] = JS_NewString(ctx, "a string of C's, longer than what fits into a cell: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx \xe2\x82\xac");
    a[2] = JS_NewBigInt64(ctx, INT64_MIN);
    if (JS_HasException(ctx))
        TAKEN();
    v = JS_Call(ctx, f, JS_UNDEFINED, 3, (JSValueConst *)a);
    if (JS_IsException(v))
        TAKEN();
    JS_FreeValue(ctx, v);
    v = JS_NewCFunctionData(ctx, with_data, 0, 0, 3, (JSValueConst *)a);
    if (JS_IsException(v))
        TAKEN();
    if (JS_SetPropertyStr(ctx, o, "data", v) < 0)
        TAKEN();
    atom = JS_NewAtom(ctx, "some property");
    if (atom == JS_ATOM_NULL) {
        TAKEN();
    } else {
        if (JS_DefinePropertyValue(ctx, o, atom, JS_DupValue(ctx, a[1]), JS_PROP_C_W_E) < 0)
            TAKEN();
        if (JS_HasProperty(ctx, o, atom) < 0)
            TAKEN();
        switch (JS_GetOwnProperty(ctx, &d, o, atom)) {
        case 1:
            JS_FreeValues(ctx, d.value, d.getter, d.setter);
            break;
        case -1:
            TAKEN();
            break;
        }
        s = JS_AtomToCString(ctx, atom);
        if (!s)
            TAKEN();
        JS_FreeCString(ctx, s);
        JS_FreeAtom(ctx, atom);
    }
    if (JS_GetOwnPropertyNames(ctx, &tab, &n, o, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK) < 0)
        TAKEN();
    else
        JS_FreePropertyEnum(ctx, tab, n);
    s = JS_ToCStringLen(ctx, &len, a[1]);
    if (!s)
        TAKEN();
    JS_FreeCString(ctx, s);
    u = JS_ToCStringUTF16(ctx, a[1]);
    if (!u)
        TAKEN();
    JS_FreeCStringUTF16(ctx, u);
    v = JS_JSONStringify(ctx, o, JS_UNDEFINED, JS_UNDEFINED);
    if (JS_IsException(v))
        TAKEN();
    JS_FreeValue(ctx, v);
    v = JS_ParseJSON(ctx, "{\"a\":[1,2,3]}", 13, "j");
    if (JS_IsException(v))
        TAKEN();
    JS_FreeValue(ctx, v);
    v = JS_NewArrayBufferCopy(ctx, (const uint8_t *)"abcdefgh", 8);
    if (JS_IsException(v)) {
        TAKEN();
    } else {
        g = JS_NewTypedArray(ctx, 1, (JSValueConst *)&v, JS_TYPED_ARRAY_UINT16);
        if (JS_IsException(g))
            TAKEN();
        JS_FreeValue(ctx, g);
    }
    JS_FreeValue(ctx, v);
    v = JS_NewPromiseCapability(ctx, settle);
    if (JS_IsException(v))
        TAKEN();
    else
        JS_FreeValues(ctx, settle[0], settle[1]);
    JS_FreeValue(ctx, v);
    if (JS_EnqueueJob(ctx, job, 3, (JSValueConst *)a) < 0)
        TAKEN();
    v = JS_ThrowRangeError(ctx, "%0300d", 1);
    CHECK(JS_IsException(v) && JS_HasException(ctx));
    JS_FreeValue(ctx, JS_GetException(ctx));
    v = JS_NewSymbol(ctx, "sym", true);
    if (JS_IsException(v))
        TAKEN();
    JS_FreeValue(ctx, v);
    v = JS_NewDate(ctx, 0);
    if (JS_IsException(v))
        TAKEN();
    JS_FreeValue(ctx, v);
    g = JS_GetGlobalObject(ctx);
    if (JS_SetPropertyStr(ctx, g, "host", o) < 0)
        TAKEN();
    JS_FreeValues(ctx, g, f, a[0], a[1], a[2]);
#undef TAKEN
}

/* What a script says, or its exception. A result was refused nothing if `want` matters. */
static void run(JSContext *ctx, Heap *h, const char *source, const char *want)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue v = eval(ctx, source);
    JSContext *c;
    const char *s;
    int r;

    if (JS_IsException(v)) {
        CHECK(JS_HasException(ctx));
        v = JS_GetException(ctx);
        h->refused |= h->lenient;
        if (!h->refused) {
            s = JS_ToCString(ctx, v);
            fprintf(stderr, "%s\nthrew %s\n", source, s ? s : "?");
            exit(1);
        }
        JS_FreeValue(ctx, v);
    } else {
        CHECK(!JS_HasException(ctx));
        s = JS_ToCString(ctx, v);
        h->refused |= h->lenient && !s;
        if (!s)
            JS_FreeValue(ctx, JS_GetException(ctx));
        else if (!h->refused && !h->lenient && want)
            CHECK_STR(s, want);
        JS_FreeCString(ctx, s);
        JS_FreeValue(ctx, v);
    }
    while ((r = JS_ExecutePendingJob(rt, &c)) != 0) {
        if (r < 0) {
            h->refused |= h->lenient;
            JS_FreeValue(c, JS_GetException(c));
        }
    }
    CHECK(!JS_HasException(ctx));
}

/* Does the context work? */
static bool recovered(JSContext *ctx)
{
    JSValue v = eval(ctx, "[1, 2].map(x => ({ x })).length + JSON.stringify({ a: /b/.test('b') })");
    const char *s = JS_ToCString(ctx, v);
    bool works = s && !strcmp(s, "2{\"a\":true}");

    JS_FreeCString(ctx, s);
    JS_FreeValue(ctx, v);
    JS_FreeValue(ctx, JS_GetException(ctx));
    return works;
}

enum { ONE, REST, LIMIT, CELL, MODES };

/* One run: `script` < 0 is the host's own functions. Returns whether something was refused. */
static bool once(int script, long refuse, int mode)
{
    Heap h = { 0, mode <= REST ? refuse : 0, mode == REST, false, 0, false };
    JSRuntime *rt;
    JSContext *ctx;
    JSMemoryUsage usage;
    char text[64];

    if (mode == CELL) {
        snprintf(text, sizeof(text), "%ld", refuse);
        setenv("QJS_REFUSE_CELL", text, 1);
    }
    rt = JS_NewRuntime2(&functions, &h);
    if (mode == CELL)
        unsetenv("QJS_REFUSE_CELL");
    h.refused |= mode > REST && !rt;
    if (rt) {
        JS_SetDumpFlags(rt, JS_ABORT_ON_LEAKS);
        ctx = JS_NewContext(rt);
        if (mode > REST)
            h.refused = !ctx;
        if (ctx) {
            if (mode == LIMIT) {
                JS_ComputeMemoryUsage(rt, &usage);
                JS_SetMemoryLimit(rt, usage.malloc_size + refuse * 59);
            }
            h.lenient = mode > REST;
            if (script < 0)
                host(ctx, &h);
            else
                run(ctx, &h, scripts[script].source, scripts[script].want);
            /* memory is there again: so is everything else */
            h.refuse = 0;
            h.lenient = false;
            JS_SetMemoryLimit(rt, 0);
            /* (the nth cell may be among those it needs: then the next time) */
            CHECK(recovered(ctx) || (mode == CELL && recovered(ctx)));
            JS_FreeContext(ctx);
        }
        JS_FreeRuntime(rt);
    }
    if (h.live != 0) {
        fprintf(stderr, "script %d, mode %d, %ld: %ld blocks are not freed\n", script, mode, refuse, h.live);
        exit(1);
    }
    return h.refused;
}

/* refusal                      everything
   refusal SCRIPT               one script (-1: the host's functions)
   refusal SCRIPT N MODE        one run; exit status 3 if nothing was refused */
int main(int argc, char **argv)
{
    int count = (int)(sizeof(scripts) / sizeof(scripts[0])), i, mode, clean;
    int only = argc > 1 ? atoi(argv[1]) : -2;
    long total = 0, n, step = light() ? 17 : 1;

    if (argc > 3)
        return once(only, atol(argv[2]), atoi(argv[3])) ? 0 : 3;
    for (i = -1; i < count; i++) {
        if (only != -2 && i != only)
            continue;
        for (mode = 0; mode < MODES; mode++) {
            /* The allocator knows what it refused. Otherwise, some exception was seen; it may be one that the
               engine did without, so that the end is where many runs in a row saw none. */
            for (n = 1, clean = 0; clean < (mode > REST ? 50 : 1); n += step) {
                if (getenv("QJS_REFUSAL_TRACE"))
                    fprintf(stderr, "%d %ld %d\n", i, n, mode);
                if (once(i, n, mode)) {
                    total++;
                    clean = 0;
                } else {
                    clean++;
                }
            }
        }
    }
    printf("%ld times memory was refused\n", total);
    return 0;
}
