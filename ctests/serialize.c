/* JS_WriteObject, JS_ReadObject: who owns what, what is refused, and hostile bytes. */
#include "check.h"

#define REF JS_WRITE_OBJ_REFERENCE

/* The value that `source` evaluates to, as bytes (from js_malloc). */
static uint8_t *write_source(JSContext *ctx, const char *source, int flags, size_t *size)
{
    JSValue v = eval(ctx, source);
    uint8_t *p;

    CHECK(!JS_IsException(v));
    p = JS_WriteObject(ctx, size, v, flags);
    JS_FreeValue(ctx, v);
    return p;
}

/* Reads in a runtime of its own and compares the text of `question`, asked of `v`. */
static void check_read(const uint8_t *p, size_t size, const char *question, const char *want)
{
    JSContext *ctx = new_context();
    JSValue v = JS_ReadObject(ctx, p, size, JS_READ_OBJ_REFERENCE);

    if (JS_IsException(v)) {
        check_val(__FILE__, __LINE__, ctx, v, want);
    } else {
        set_global(ctx, "v", v);
        CHECK_EVAL(ctx, question, want);
    }
    free_context(ctx);
}

static void graphs(void)
{
    static const struct {
        const char *source, *question, *want;
    } trips[] = {
        { "({ a: 1, b: [1.5, null, undefined, true, 'x'] })", "JSON.stringify(v)",
          "{\"a\":1,\"b\":[1.5,null,null,true,\"x\"]}" },
        { "var o = {}; o.o = o; [o, o]", "v[0] === v[1] && v[0].o === v[0]", "true" },
        { "123456789012345678901234567890n", "typeof v + v", "bigint123456789012345678901234567890" },
        { "new Map([[1, new Set([2])]])", "v.get(1).has(2)", "true" },
        { "new Date(86400000)", "v.toISOString()", "1970-01-02T00:00:00.000Z" },
        { "/a.b/gi", "String(v) + v.test('A\\n') + v.test('AxB')", "/a.b/gifalsetrue" },
        { "Object(5)", "typeof v + v", "object5" },
        { "[1, , 3]", "v.length + ' ' + v.join()", "3 1,,3" },
        { "Float64Array.of(0.5, 1.5)", "v.constructor.name + v", "Float64Array0.5,1.5" },
        { "new Uint8Array(new ArrayBuffer(8), 2, 3)", "v.byteOffset + ',' + v.length", "2,3" },
        { "Symbol.for('x')", "v === Symbol.for('x')", "true" },
        { "'\\u{1f600}'", "v.codePointAt(0)", "128512" },
    };
    size_t i, size;
    JSContext *ctx = new_context();

    for (i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
        uint8_t *p = write_source(ctx, trips[i].source, REF, &size);

        CHECK(p && size > 0);
        check_read(p, size, trips[i].question, trips[i].want);
        js_free(ctx, p);
    }
    free_context(ctx);
}

static void refused(void)
{
    static const struct {
        const char *source, *error;
    } cannot[] = {
        { "(function () {})", "TypeError" },     { "({ f: () => 1 })", "TypeError" },
        { "new WeakMap", "TypeError" },          { "Promise.resolve()", "TypeError" },
        { "new Proxy({}, {})", "TypeError" },    { "({ get a() { return 1 } })", "TypeError" },
        { "new SharedArrayBuffer(4)", NULL },    { "[{ a: [{}, () => 1] }]", "TypeError" },
        { "var c = {}; c.c = [c]; c", "TypeError" },
    };
    size_t i, size;
    JSContext *ctx = new_context();
    uint8_t *p, *copy;

    for (i = 0; i < sizeof(cannot) / sizeof(cannot[0]); i++) {
        size = 99;
        CHECK(!write_source(ctx, cannot[i].source, 0, &size));
        CHECK_INT(size, 0);
        if (cannot[i].error)
            CHECK_ERROR(ctx, cannot[i].error);
        else
            JS_FreeValue(ctx, JS_GetException(ctx));
    }
    /* references that the reader does not allow */
    p = write_source(ctx, "var r = {}; [r, r]", REF, &size);
    CHECK(JS_IsException(JS_ReadObject(ctx, p, size, 0)));
    CHECK_ERROR(ctx, "SyntaxError");
    js_free(ctx, p);
    /* no bytes */
    CHECK(JS_IsException(JS_ReadObject(ctx, NULL, 0, 0)));
    CHECK_ERROR(ctx, "SyntaxError");
    /* another version */
    p = write_source(ctx, "1", 0, &size);
    p[3]++;
    CHECK(JS_IsException(JS_ReadObject(ctx, p, size, 0)));
    CHECK_ERROR(ctx, "SyntaxError");
    js_free(ctx, p);
    /* memory */
    p = write_source(ctx, "new Uint8Array(4e6)", 0, &size);
    copy = malloc(size);
    memcpy(copy, p, size);
    js_free(ctx, p);
    JS_SetMemoryLimit(JS_GetRuntime(ctx), 2000000);
    CHECK(JS_IsException(JS_ReadObject(ctx, copy, size, 0)));
    CHECK_ERROR(ctx, "InternalError");
    JS_SetMemoryLimit(JS_GetRuntime(ctx), 0);
    free(copy);
    free_context(ctx);
}

/* Shared memory with its own count. */
static int blocks;

struct block {
    int count;
    char data[];
};

static void *sab_alloc(void *opaque, size_t size)
{
    struct block *b = calloc(1, sizeof(*b) + 16 + size);

    CHECK(opaque == &blocks);
    b->count = 1;
    blocks++;
    return (char *)b + 16;
}

static void sab_free(void *opaque, void *ptr)
{
    struct block *b = (struct block *)((char *)ptr - 16);

    if (--b->count == 0) {
        blocks--;
        free(b);
    }
}

static void sab_dup(void *opaque, void *ptr)
{
    ((struct block *)((char *)ptr - 16))->count++;
}

/* The memory of a SharedArrayBuffer is known by the address that the allocator gave; one over C's memory is held by
   the same functions. */
static void *sab_never(JSRuntime *rt, void *opaque, void *ptr, size_t size)
{
    CHECK(!"called");
    return NULL;
}

static void shared_address(void)
{
    static const JSSharedArrayBufferFunctions functions = { sab_alloc, sab_free, sab_dup, &blocks };
    JSContext *ctx = new_context(), *other = new_context();
    uint8_t *p, *same;
    size_t size;
    JSValue v;

    JS_SetSharedArrayBufferFunctions(JS_GetRuntime(ctx), &functions);
    JS_SetSharedArrayBufferFunctions(JS_GetRuntime(other), &functions);
    v = eval(ctx, "var s = new SharedArrayBuffer(5, { maxByteLength: 100 }); new Uint8Array(s)[4] = 7; s");
    p = JS_GetArrayBuffer(ctx, &size, v);
    CHECK(p && size == 5);
    CHECK_INT(((struct block *)(p - 16))->count, 1);
    set_global(other, "t", JS_NewArrayBuffer(other, p, 5, 100, sab_never, NULL, true));
    CHECK_INT(((struct block *)(p - 16))->count, 2);
    same = JS_GetArrayBuffer(ctx, &size, v);
    CHECK(same == p);
    JS_FreeValue(ctx, v);
    free_context(ctx);
    CHECK_INT(blocks, 1);
    CHECK_EVAL(other, "[t.growable, t.byteLength, new Uint8Array(t)[4]].join()", "true,5,7");
    CHECK_EVAL(other, "t.grow(100); new Uint8Array(t)[99] = 1", "1");
    CHECK_INT(p[99], 1);
    CHECK_EVAL(other, "t = null", "null");
    CHECK_INT(blocks, 0);
    free_context(other);
}

static void shared(void)
{
    static const JSSharedArrayBufferFunctions functions = { sab_alloc, sab_free, sab_dup, &blocks };
    JSContext *ctx = new_context(), *other = new_context();
    JSSABTab written, read;
    size_t size;
    uint8_t *p;
    JSValue v;

    JS_SetSharedArrayBufferFunctions(JS_GetRuntime(ctx), &functions);
    JS_SetSharedArrayBufferFunctions(JS_GetRuntime(other), &functions);
    v = eval(ctx, "var s = new SharedArrayBuffer(8); new Uint8Array(s)[7] = 3; [s, s, new SharedArrayBuffer(1)]");
    p = JS_WriteObject2(ctx, &size, v, REF | JS_WRITE_OBJ_SAB, &written);
    CHECK(p);
    CHECK_INT(written.len, 2);
    CHECK_INT(blocks, 2);
    sab_dup(&blocks, written.tab[0]);
    sab_dup(&blocks, written.tab[1]);
    JS_FreeValue(ctx, v);

    v = JS_ReadObject2(other, p, size, JS_READ_OBJ_REFERENCE | JS_READ_OBJ_SAB, &read);
    CHECK_INT(read.len, 2);
    CHECK(read.tab[0] == written.tab[0] && read.tab[1] == written.tab[1]);
    set_global(other, "v", v);
    CHECK_EVAL(other, "new Uint8Array(v[1])[7]++", "3");
    CHECK_EVAL(ctx, "new Uint8Array(s)[7]", "4");
    js_free(other, read.tab);
    CHECK(JS_IsException(JS_ReadObject2(other, p, size, JS_READ_OBJ_REFERENCE, &read)));
    CHECK(!read.tab && read.len == 0);
    CHECK_ERROR(other, "SyntaxError");

    sab_free(&blocks, written.tab[0]);
    sab_free(&blocks, written.tab[1]);
    js_free(ctx, written.tab);
    js_free(ctx, p);
    /* nothing to list */
    p = JS_WriteObject2(ctx, &size, JS_NewInt32(ctx, 1), 0, &written);
    CHECK(p && !written.tab && written.len == 0);
    js_free(ctx, p);
    v = eval(ctx, "[() => 1, new SharedArrayBuffer(1)]");
    CHECK(!JS_WriteObject2(ctx, &size, v, JS_WRITE_OBJ_SAB, &written));
    CHECK(!written.tab && written.len == 0);
    CHECK_ERROR(ctx, "TypeError");
    JS_FreeValue(ctx, v);
    free_context(ctx);
    free_context(other);
    CHECK_INT(blocks, 0);
}

/* A script's code, compiled here and run in another runtime. */
static void check_script(const char *source, int flags, const char *want)
{
    JSContext *ctx = new_context();
    JSValue f = JS_Eval(ctx, source, strlen(source), "script.js", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    size_t size, again;
    uint8_t *p, *q;

    CHECK_INT(JS_VALUE_GET_TAG(f), JS_TAG_FUNCTION_BYTECODE);
    /* not without being asked to */
    CHECK(!JS_WriteObject(ctx, &size, f, flags));
    CHECK_ERROR(ctx, "InternalError");
    p = JS_WriteObject(ctx, &size, f, JS_WRITE_OBJ_BYTECODE | flags);
    q = JS_WriteObject(ctx, &again, f, JS_WRITE_OBJ_BYTECODE | flags);
    CHECK(p && q && size == again && !memcmp(p, q, size));
    js_free(ctx, q);
    JS_FreeValue(ctx, f);
    CHECK(JS_IsException(JS_ReadObject(ctx, p, size, 0)));
    CHECK_ERROR(ctx, "SyntaxError");
    {
        JSContext *other = new_context();

        f = JS_ReadObject(other, p, size, JS_READ_OBJ_BYTECODE);
        CHECK_INT(JS_VALUE_GET_TAG(f), JS_TAG_FUNCTION_BYTECODE);
        CHECK_VAL(other, JS_EvalFunction(other, f), want);
        free_context(other);
    }
    js_free(ctx, p);
    free_context(ctx);
}

static void scripts(void)
{
    static const int flags[] = { 0, JS_WRITE_OBJ_STRIP_SOURCE, JS_WRITE_OBJ_STRIP_DEBUG };
    size_t i;

    for (i = 0; i < 3; i++) {
        check_script("let a = 1; (() => a + 1n.toString().length)()", flags[i], "2");
        check_script("class A { #x = 5; get x() { return this.#x } } new A().x", flags[i], "5");
        check_script("function* g() { yield* [1, 2] } [...g()].join()", flags[i], "1,2");
        check_script("throw new RangeError('q')", flags[i], "throws RangeError: q");
    }
    check_script("(function f(a) { return a }).toString()", 0, "function f(a) { return a }");
    check_script("(function f(a) { return a }).toString()", JS_WRITE_OBJ_STRIP_SOURCE,
                 "function f() {\n    [native code]\n}");
    check_script("\n  (() => { try { null.x } catch (e) { return e.stack } })().includes('script.js:2:')",
                 JS_WRITE_OBJ_STRIP_SOURCE, "true");
}

static void jobs(JSContext *ctx)
{
    JSContext *ran;

    while (JS_ExecutePendingJob(JS_GetRuntime(ctx), &ran) > 0)
        ;
}

/* Two modules, one of which awaits, travel apart and meet again. */
static void modules(void)
{
    static const struct {
        const char *name, *source;
    } parts[] = {
        { "lib.js", "export let n = 1; export function more() { n++ } export default await 5; export * as self from 'lib.js'" },
        { "main.js", "import five, { n, more, self } from 'lib.js' with { };\nmore();\nglobalThis.r = [five, n, self.n].join()" },
    };
    JSContext *other = new_context();
    uint8_t *p[2];
    size_t size[2];
    int i;

    for (i = 0; i < 2; i++) {
        JSContext *ctx = new_context();
        JSValue m;

        /* what main imports has to be there when it is compiled */
        if (i == 1) {
            m = JS_Eval(ctx, parts[0].source, strlen(parts[0].source), parts[0].name,
                        JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
            CHECK_INT(JS_VALUE_GET_TAG(m), JS_TAG_MODULE);
            JS_FreeValue(ctx, m);
        }
        m = JS_Eval(ctx, parts[i].source, strlen(parts[i].source), parts[i].name,
                    JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
        CHECK_INT(JS_VALUE_GET_TAG(m), JS_TAG_MODULE);
        p[i] = JS_WriteObject(ctx, &size[i], m, JS_WRITE_OBJ_BYTECODE | (i ? JS_WRITE_OBJ_STRIP_SOURCE : 0));
        CHECK(p[i]);
        JS_FreeValue(ctx, m);
        /* it outlives the runtime that wrote it */
        {
            uint8_t *copy = malloc(size[i]);

            memcpy(copy, p[i], size[i]);
            js_free(ctx, p[i]);
            p[i] = copy;
        }
        free_context(ctx);
    }
    for (i = 0; i < 2; i++) {
        JSValue m = JS_ReadObject(other, p[i], size[i], JS_READ_OBJ_BYTECODE);

        CHECK_INT(JS_VALUE_GET_TAG(m), JS_TAG_MODULE);
        CHECK_INT(JS_ResolveModule(other, m), 0);
        if (i == 1)
            JS_FreeValue(other, JS_EvalFunction(other, m));
        else
            JS_FreeValue(other, m);
    }
    jobs(other);
    CHECK_EVAL(other, "r", "5,2,2");
    free_context(other);
    free(p[0]);
    free(p[1]);
}

/* What the checksum is of, bit by bit. */
static void seal(uint8_t *p, size_t size)
{
    uint32_t crc = ~0u;
    size_t i;
    int k;

    if (size < 8)
        return;
    for (i = 8; i < size; i++) {
        crc ^= p[i];
        for (k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    crc = ~crc;
    for (i = 0; i < 4; i++)
        p[4 + i] = crc >> (8 * i);
}

static uint32_t dice = 12345;

static uint32_t roll(uint32_t n)
{
    dice ^= dice << 13;
    dice ^= dice >> 17;
    dice ^= dice << 5;
    return dice % n;
}

/* Bytes with changes are a value or a SyntaxError, and leak nothing. */
static void hostile(void)
{
    static const char *const sources[] = {
        "({ a: [1, , 'x'], m: new Map([[1, { a: 2 }]]), d: new Date(5), e: new RangeError('q') })",
        "var q = { t: new Uint8Array(5), v: new DataView(new ArrayBuffer(3)), r: /x(y)/g }; q.q = q; [q, q]",
        "[{ x: 1, y: 2 }, { x: 3, y: 4n ** 40n }, Symbol('s'), Object('s'), 'l'.repeat(100)]",
    };
    int round, rounds = light() ? 2000 : 100000;
    JSContext *ctx = new_context();
    uint8_t *seed[3], *p = malloc(4096);
    size_t size[3], i, n;

    JS_SetMemoryLimit(JS_GetRuntime(ctx), 64 << 20);
    for (i = 0; i < 3; i++) {
        seed[i] = write_source(ctx, sources[i], REF, &size[i]);
        CHECK(seed[i] && size[i] < 2048);
    }
    for (round = 0; round < rounds; round++) {
        JSValue v;
        int changes;

        i = roll(3);
        n = size[i];
        memcpy(p, seed[i], n);
        for (changes = roll(4); changes >= 0; changes--) {
            size_t at = 8 + roll(n - 8);

            switch (roll(4)) {
            case 0: p[at] ^= 1 << roll(8); break;
            case 1: p[at] = roll(256); break;
            case 2: p[at] = "\0\1\x7f\x80\xff\x11\x0f\x40"[roll(8)]; break;
            default:
                if (n > 16 && roll(4) == 0)
                    n = at < 10 ? 10 : at;
                break;
            }
        }
        seal(p, n);
        v = JS_ReadObject(ctx, p, n, JS_READ_OBJ_REFERENCE | JS_READ_OBJ_BYTECODE);
        if (JS_IsException(v))
            JS_FreeValue(ctx, JS_GetException(ctx));
        else
            JS_FreeValue(ctx, v);
    }
    for (i = 0; i < 3; i++)
        js_free(ctx, seed[i]);
    free(p);
    free_context(ctx);
}

int main(void)
{
    graphs();
    refused();
    shared();
    shared_address();
    scripts();
    modules();
    hostile();
    return 0;
}
