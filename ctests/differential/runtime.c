/* Runtimes and contexts, atoms, strings and symbols, memory and its limits, jobs and promises, interrupts, stack limits,
   function lists. */
#include "transcript.h"

static void atoms(void)
{
    static const char *const texts[] = { "", "a", "length", "0", "1", "-1", "00", "4294967294", "4294967295", "2147483647", "2147483648",
        "gr\xc3\xbc\xc3\x9f", "\xff", "a long name that nobody has used before" };
    JSAtom a, b;
    JSValue v;
    size_t n;
    const char *s;
    int i;

    for (i = 0; i < COUNT(texts); i++) {
        a = JS_NewAtom(ctx, texts[i]);
        b = JS_NewAtomLen(ctx, texts[i], strlen(texts[i]));
        begin("JS_NewAtom(%s)", texts[i]);
        printf(" same %d index %d", a == b, a >> 31);
        finish();
        VAL(JS_AtomToValue(ctx, a), "JS_AtomToValue(%s)", texts[i]);
        VAL(JS_AtomToString(ctx, a), "JS_AtomToString(%s)", texts[i]);
        n = 77;
        begin("JS_AtomToCStringLen(%s)", texts[i]);
        s = JS_AtomToCStringLen(ctx, &n, a);
        printf(" = ");
        print_text(s, n);
        finish();
        JS_FreeCString(ctx, s);
        VAL(JS_NewAtomString(ctx, texts[i]), "JS_NewAtomString(%s)", texts[i]);
        JS_FreeAtom(ctx, JS_DupAtom(ctx, a));
        JS_FreeAtomRT(rt, JS_DupAtomRT(rt, a));
        JS_FreeAtom(ctx, a);
        JS_FreeAtomRT(rt, b);
    }
    a = JS_NewAtomUInt32(ctx, 7);
    b = JS_NewAtom(ctx, "7");
    INT(a == b, "JS_NewAtomUInt32(7) is JS_NewAtom(7)");
    JS_FreeAtom(ctx, a);
    JS_FreeAtom(ctx, b);
    a = JS_NewAtomUInt32(ctx, UINT32_MAX);
    b = JS_NewAtom(ctx, "4294967295");
    INT(a == b, "JS_NewAtomUInt32(2^32-1) is JS_NewAtom(4294967295)");
    VAL(JS_AtomToValue(ctx, a), "JS_AtomToValue(2^32-1)");
    JS_FreeAtom(ctx, a);
    JS_FreeAtom(ctx, b);
    a = JS_NewAtomLen(ctx, "a\0b", 3);
    VAL(JS_AtomToValue(ctx, a), "JS_NewAtomLen(a NUL b)");
    JS_FreeAtom(ctx, a);
    VAL(JS_AtomToValue(ctx, JS_ATOM_NULL), "JS_AtomToValue(JS_ATOM_NULL)");
    VAL(JS_AtomToString(ctx, JS_ATOM_NULL), "JS_AtomToString(JS_ATOM_NULL)");
    TEXT(JS_AtomToCString(ctx, JS_ATOM_NULL), "JS_AtomToCString(JS_ATOM_NULL)");
    JS_FreeAtom(ctx, JS_ATOM_NULL);
    v = JS_NewSymbol(ctx, "desc", false);
    a = JS_ValueToAtom(ctx, v);
    VAL(JS_AtomToValue(ctx, a), "JS_AtomToValue(symbol)");
    VAL(JS_AtomToString(ctx, a), "JS_AtomToString(symbol)");
    TEXT(JS_AtomToCString(ctx, a), "JS_AtomToCString(symbol)");
    JS_FreeAtom(ctx, a);
    JS_FreeValue(ctx, v);
    {
        static const char *const names[] = { "d", "", NULL, "gr\xc3\xbc\xc3\x9f" };

        for (i = 0; i < COUNT(names); i++) {
            const char *name = names[i] ? names[i] : "NULL";

            set_global(ctx, "s", JS_NewSymbol(ctx, names[i], false));
            VAL(eval("typeof s.description + s.description + String(s) + Symbol.keyFor(s)"), "JS_NewSymbol(%s)", name);
            set_global(ctx, "s", JS_NewSymbol(ctx, names[i], true));
            VAL(eval("typeof s.description + s.description + String(s) + Symbol.keyFor(s)"), "JS_NewSymbol(%s, global)", name);
        }
    }
    run("delete globalThis.s");
}

static void strings(void)
{
    static const struct {
        const char *text;
        size_t len;
    } texts[] = { { "", 0 }, { "a", 1 }, { "a\0b", 3 }, { "\xc3\xa9", 2 }, { "\xe2\x82\xac", 3 }, { "\xf0\x9f\x98\x80", 4 }, { "\xed\xa0\xbd\xed\xb8\x80", 6 },
        { "\xed\xa0\x80", 3 }, { "\xff", 1 }, { "\xc3", 1 }, { "\xe2\x82", 2 }, { "\xf0\x9f\x98", 3 }, { "\xc0\x80", 2 }, { "\xf4\x90\x80\x80", 4 }, { "\x80x", 2 },
        { "a\xe2\x28\xa1z", 5 }, { "\xf8\x88\x80\x80\x80", 5 } };
    static const uint16_t units[] = { 'a', 0xe9, 0x20ac, 0xd83d, 0xde00, 0xd800, 0, 'z', 0xdc00 };
    JSValue v;
    size_t n, k;
    int i;

    for (i = 0; i < COUNT(texts); i++) {
        const uint16_t *u;
        const char *s;

        v = JS_NewStringLen(ctx, texts[i].text, texts[i].len);
        u = JS_ToCStringLenUTF16(ctx, &n, v);
        begin("JS_NewStringLen(%d)", i);
        printf(" = %d units:", (int)n);
        for (k = 0; k < n; k++)
            printf(" %x", u[k]);
        finish();
        JS_FreeCStringUTF16(ctx, u);
        for (k = 0; k < 2; k++) {
            s = JS_ToCStringLen2(ctx, &n, v, k == 1);
            begin("JS_NewStringLen(%d), JS_ToCStringLen2(%d)", i, (int)k);
            printf(" = %d ", (int)n);
            print_text(s, n);
            finish();
            JS_FreeCStringRT(rt, s);
        }
        JS_FreeValue(ctx, v);
    }
    v = JS_NewStringUTF16(ctx, units, COUNT(units));
    for (k = 0; k < 2; k++) {
        const char *s = JS_ToCStringLen2(ctx, &n, v, k == 1);

        begin("JS_NewStringUTF16, JS_ToCStringLen2(%d)", (int)k);
        printf(" = %d ", (int)n);
        print_text(s, n);
        finish();
        JS_FreeCString(ctx, s);
    }
    JS_FreeValue(ctx, v);
    VAL(JS_NewStringUTF16(ctx, units, 1), "JS_NewStringUTF16(a)");
    VAL(JS_NewStringUTF16(ctx, units, 0), "JS_NewStringUTF16(empty)");
    JS_FreeCString(ctx, NULL);
    JS_FreeCStringRT(rt, NULL);
    JS_FreeCStringUTF16(ctx, NULL);
    JS_FreeCStringRT_UTF16(rt, NULL);
    {
        static const double numbers[] = { 0, -0.0, 1, -1, 2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0, 0.5, 1e300 };

        for (i = 0; i < COUNT(numbers); i++)
            VAL(JS_NewNumber(ctx, numbers[i]), "JS_NewNumber(%g)", numbers[i]);
        VAL(JS_NewNumber(ctx, 0.0 / 0.0), "JS_NewNumber(NaN)");
        VAL(JS_NewBigInt64(ctx, INT64_MIN), "JS_NewBigInt64(min)");
        VAL(JS_NewBigInt64(ctx, 0), "JS_NewBigInt64(0)");
        VAL(JS_NewBigUint64(ctx, UINT64_MAX), "JS_NewBigUint64(max)");
        VAL(JS_NewInt64(ctx, INT64_MAX), "JS_NewInt64(max)");
        VAL(JS_NewDate(ctx, 0), "JS_NewDate(0)");
        v = JS_NewDate(ctx, 1.7);
        VAL(JS_ToNumber(ctx, v), "JS_NewDate(1.7), ToNumber");
        JS_FreeValue(ctx, v);
        v = JS_NewDate(ctx, -1.7);
        VAL(JS_ToNumber(ctx, v), "JS_NewDate(-1.7), ToNumber");
        JS_FreeValue(ctx, v);
        v = JS_NewDate(ctx, 8.64e15 + 1);
        VAL(JS_ToNumber(ctx, v), "JS_NewDate(8.64e15+1), ToNumber");
        VAL(JS_ToString(ctx, v), "JS_NewDate(8.64e15+1), ToString");
        JS_FreeValue(ctx, v);
    }
    {
        JSValue f = JS_NewCFunction(ctx, js_string_codePointRange, "range", 2);

        set_global(ctx, "range", f);
        VAL(eval("range(97, 100)"), "js_string_codePointRange(97, 100)");
        VAL(eval("range(0x1f600, 0x1f602).length"), "js_string_codePointRange(emoji)");
        VAL(eval("range(5, 5)"), "js_string_codePointRange(5, 5)");
        VAL(eval("range(5, 2)"), "js_string_codePointRange(5, 2)");
        VAL(eval("range(0x10ffff, 0x110005).length"), "js_string_codePointRange(end)");
        VAL(eval("try { range(Symbol()) } catch (e) { e.name }"), "js_string_codePointRange(symbol)");
        run("delete globalThis.range");
    }
}

static void makers(void)
{
    JSAtom props[3];
    const char *names[3] = { "a", "1", "a" };
    JSValue values[3], v;
    int i, before;
    JSValue o = JS_NewObject(ctx);

    for (i = 0; i < 3; i++) {
        props[i] = JS_NewAtom(ctx, names[i]);
        values[i] = JS_DupValue(ctx, o);
    }
    before = count_of(o);
    v = JS_NewObjectFrom(ctx, 3, props, values);
    set_global(ctx, "v", v);
    VAL(eval("JSON.stringify(Object.getOwnPropertyDescriptors(v))"), "JS_NewObjectFrom(a, 1, a)");
    INT(count_of(o) - before, "JS_NewObjectFrom, held");
    for (i = 0; i < 3; i++)
        values[i] = JS_DupValue(ctx, o);
    v = JS_NewObjectFromStr(ctx, 3, names, values);
    set_global(ctx, "v", v);
    VAL(eval("JSON.stringify(Object.getOwnPropertyDescriptors(v))"), "JS_NewObjectFromStr(a, 1, a)");
    VAL(JS_NewObjectFrom(ctx, 0, NULL, NULL), "JS_NewObjectFrom(0)");
    VAL(JS_NewObjectFromStr(ctx, 0, NULL, NULL), "JS_NewObjectFromStr(0)");
    for (i = 0; i < 3; i++)
        values[i] = JS_NewInt32(ctx, i);
    VAL(JS_NewArrayFrom(ctx, 3, values), "JS_NewArrayFrom(3)");
    VAL(JS_NewArrayFrom(ctx, 0, NULL), "JS_NewArrayFrom(0)");
    VAL(JS_NewArray(ctx), "JS_NewArray");
    VAL(JS_NewObject(ctx), "JS_NewObject");
    for (i = 0; i < 3; i++)
        JS_FreeAtom(ctx, props[i]);
    set_global(ctx, "v", JS_UNDEFINED);
    JS_FreeValue(ctx, o);
    v = JS_GetFunctionProto(ctx);
    VAL(JS_DupValue(ctx, v), "JS_GetFunctionProto");
    JS_FreeValue(ctx, v);
    VAL(JS_GetGlobalObject(ctx), "JS_GetGlobalObject");
    INT(JS_GetRuntime(ctx) == rt, "JS_GetRuntime");
    PTR(JS_GetContextOpaque(ctx), "JS_GetContextOpaque");
    JS_SetContextOpaque(ctx, &rt);
    INT(JS_GetContextOpaque(ctx) == &rt, "JS_SetContextOpaque");
    PTR(JS_GetRuntimeOpaque(rt), "JS_GetRuntimeOpaque");
    JS_SetRuntimeOpaque(rt, &rt);
    INT(JS_GetRuntimeOpaque(rt) == &rt, "JS_SetRuntimeOpaque");
    INT(JS_GetVersion() != NULL, "JS_GetVersion");
    INT(JS_GetDumpFlags(rt) == JS_ABORT_ON_LEAKS, "JS_GetDumpFlags");
    INT((int)JS_GetGCThreshold(rt), "JS_GetGCThreshold");
    JS_SetGCThreshold(rt, 1000);
    INT((int)JS_GetGCThreshold(rt), "JS_SetGCThreshold(1000)");
    JS_SetGCThreshold(rt, 256 * 1024);
}

/* ---- function lists ---- */

static JSValue listed(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_NewInt32(c, argc);
}

static JSValue listed_magic(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv, int magic)
{
    return JS_NewInt32(c, magic);
}

static JSValue get_it(JSContext *c, JSValueConst this_val)
{
    return JS_NewInt32(c, 1);
}

static JSValue set_it(JSContext *c, JSValueConst this_val, JSValueConst v)
{
    return JS_UNDEFINED;
}

static JSValue get_magic(JSContext *c, JSValueConst this_val, int magic)
{
    return JS_NewInt32(c, magic);
}

static JSValue set_magic(JSContext *c, JSValueConst this_val, JSValueConst v, int magic)
{
    return JS_UNDEFINED;
}

static double half(double d)
{
    return d / 2;
}

static const JSCFunctionListEntry inner[] = { JS_PROP_INT32_DEF("deep", 1, JS_PROP_C_W_E), JS_CFUNC_DEF("f", 0, listed) };
static const JSCFunctionListEntry list[] = {
    JS_CFUNC_DEF("f", 2, listed), JS_CFUNC_DEF2("f2", 1, listed, JS_PROP_ENUMERABLE), JS_CFUNC_MAGIC_DEF("magic", 1, listed_magic, 5),
    JS_CFUNC_SPECIAL_DEF("half", 1, f_f, half), JS_CFUNC_SPECIAL_DEF("Ctor", 1, constructor, listed),
    JS_CFUNC_SPECIAL_DEF("CtorOrFunc", 1, constructor_or_func, listed), JS_CGETSET_DEF("getset", get_it, set_it), JS_CGETSET_DEF("get", get_it, NULL),
    JS_CGETSET_DEF("set", NULL, set_it), JS_CGETSET_DEF2("getset2", get_it, set_it, JS_PROP_C_W_E), JS_CGETSET_MAGIC_DEF("getsetm", get_magic, set_magic, 7),
    JS_PROP_STRING_DEF("string", "text", JS_PROP_C_W_E), JS_PROP_STRING_DEF("utf8", "gr\xc3\xbc\xc3\x9f", 0), JS_PROP_INT32_DEF("int32", -5, JS_PROP_CONFIGURABLE),
    JS_PROP_INT64_DEF("int64", 1LL << 40, 0), JS_PROP_INT64_DEF("int64small", 3, 0), JS_PROP_DOUBLE_DEF("double", 1.5, JS_PROP_WRITABLE), JS_PROP_DOUBLE_DEF("whole", 2.0, 0),
    JS_PROP_DOUBLE_DEF("nan", NAN, 0), JS_PROP_UNDEFINED_DEF("undefined", JS_PROP_ENUMERABLE), JS_PROP_BOOL_DEF("bool", 1, 0), JS_OBJECT_DEF("object", inner, COUNT(inner), JS_PROP_C_W_E),
    JS_ALIAS_DEF("alias", "f"), JS_ALIAS_DEF("alias of missing", "nowhere"), JS_ALIAS_BASE_DEF("parse", "parseInt", 0), JS_ALIAS_BASE_DEF("values", "values", 1),
    JS_CFUNC_DEF("[Symbol.iterator]", 0, listed), JS_CGETSET_DEF("[Symbol.toStringTag]", get_it, NULL),
    JS_CFUNC_DEF("0", 0, listed), JS_CFUNC_DEF("", 0, listed),
};

static void lists(void)
{
    static const char *const targets[] = { "({})", "[]", "Object.freeze({})", "Object.preventExtensions({})", "(function f() {})", "undefined", "7", "traced({})",
        "throwing({})", "revoked({})", "makeExotic()", "new Uint8Array(1)", "Object.create({ set f(v) { log('setter') } })" };
    int i;

    for (i = 0; i < COUNT(targets); i++) {
        JSValue v = eval(targets[i]);

        trail_len = 0;
        INT(JS_SetPropertyFunctionList(ctx, v, list, COUNT(list)), "JS_SetPropertyFunctionList(%s)", targets[i]);
        if (i == 0) {
            set_global(ctx, "listed", JS_DupValue(ctx, v));
            VAL(eval("Reflect.ownKeys(listed).map(k => { const d = Object.getOwnPropertyDescriptor(listed, k); return String(k) + ':' + typeof d.value + ':' + (typeof d.value === 'function' ? d.value.name + d.value.length : String(d.value)) + (d.get ? d.get.name + d.get.length : '') + (d.set ? d.set.name + d.set.length : '') + (d.writable|0) + (d.enumerable|0) + (d.configurable|0) }).join(' ')"),
                "JS_SetPropertyFunctionList, what there is");
            VAL(eval("[listed.magic(), listed.half(5), new listed.Ctor(1), listed.getsetm, listed.parse === parseInt, listed.values === [].values, listed.alias === listed.f, Object.keys(listed.object).join()].join()"),
                "JS_SetPropertyFunctionList, what it does");
            VAL(JS_GetPropertyStr(ctx, v, "whole"), "JS_PROP_DOUBLE_DEF(2.0)");
            VAL(JS_GetPropertyStr(ctx, v, "int64small"), "JS_PROP_INT64_DEF(3)");
            VAL(JS_Eval(ctx, "listed.Ctor()", 13, "l", 0), "JS_SetPropertyFunctionList, constructor called");
            run("delete globalThis.listed");
        }
        JS_FreeValue(ctx, v);
    }
}

/* ---- promises and jobs ---- */

static JSValue job(JSContext *c, int argc, JSValueConst *argv)
{
    int i;

    note("job argc %d", argc);
    for (i = 0; i < argc; i++)
        note("%d", JS_VALUE_GET_NORM_TAG(argv[i]));
    if (argc == 1)
        return JS_ThrowTypeError(c, "job");
    if (argc == 2)
        return JS_NewObject(c);
    return JS_UNDEFINED;
}

static void tracker(JSContext *c, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque)
{
    note("tracker handled %d state %d reason %d opaque %d", is_handled, JS_PromiseState(c, promise), JS_VALUE_GET_NORM_TAG(reason), opaque == &rt);
}

static void hook(JSContext *c, JSPromiseHookType type, JSValueConst promise, JSValueConst parent, void *opaque)
{
    note("hook %d state %d parent %d", type, JS_PromiseState(c, promise), JS_VALUE_GET_NORM_TAG(parent));
}

static void promises(void)
{
    static const char *const scripts[] = {
        "Promise.reject(1)", "Promise.reject(1).catch(() => {})", "var p = Promise.reject(1); p.then(); p", "(async () => { throw 1 })()", "new Promise((r, j) => { j(1); j(2) })",
        "var q = Promise.reject(1); Promise.resolve().then(() => q.catch(() => 0))", "Promise.all([Promise.reject(1), 2])", "Promise.allSettled([Promise.reject(1)])", "Promise.race([])",
        "Promise.any([Promise.reject(1)])", "Promise.withResolvers().promise", "Promise.try(() => { throw 1 })", "(async function* () { throw 1 })().next()", "Promise.resolve({ then() { throw 1 } })",
        "Promise.resolve({ get then() { throw 1 } })", "Promise.resolve({ then(r) { r(1); throw 2 } })", "(async () => { await Promise.reject(1) })()", "(async () => { try { await Promise.reject(1) } catch {} })()",
        "Promise.resolve(1).finally(() => { throw 2 })", "Promise.reject(3).finally(() => 1)", "class P2 extends Promise {} ; P2.reject(1)", "queueMicrotask(() => { throw 5 })", "Promise.reject(1).then(1, 2)",
    };
    JSValue funcs[2], p, v, args[3];
    JSContext *c;
    int i;

    p = JS_NewPromiseCapability(ctx, funcs);
    VAL(JS_DupValue(ctx, p), "JS_NewPromiseCapability");
    INT(JS_PromiseState(ctx, p), "JS_NewPromiseCapability, state");
    VAL(JS_PromiseResult(ctx, p), "JS_NewPromiseCapability, result");
    for (i = 0; i < 2; i++) {
        set_global(ctx, "fn", JS_DupValue(ctx, funcs[i]));
        VAL(eval("fn.name + '/' + fn.length"), "JS_NewPromiseCapability, function %d", i);
    }
    v = JS_NewInt32(ctx, 9);
    VAL(JS_Call(ctx, funcs[0], JS_UNDEFINED, 1, (JSValueConst *)&v), "resolve(9)");
    INT(JS_PromiseState(ctx, p), "resolve(9), state");
    VAL(JS_PromiseResult(ctx, p), "resolve(9), result");
    VAL(JS_Call(ctx, funcs[1], JS_UNDEFINED, 1, (JSValueConst *)&v), "reject after it");
    INT(JS_PromiseState(ctx, p), "reject after it, state");
    INT(JS_IsJobPending(rt), "JS_IsJobPending");
    JS_FreeValue(ctx, funcs[0]);
    JS_FreeValue(ctx, funcs[1]);
    JS_FreeValue(ctx, p);
    p = JS_NewPromiseCapability(ctx, funcs);
    VAL(JS_Call(ctx, funcs[0], JS_UNDEFINED, 1, (JSValueConst *)&p), "resolve(itself)");
    INT(JS_PromiseState(ctx, p), "resolve(itself), state");
    VAL(JS_PromiseResult(ctx, p), "resolve(itself), result");
    JS_FreeValue(ctx, funcs[0]);
    JS_FreeValue(ctx, funcs[1]);
    JS_FreeValue(ctx, p);
    p = JS_NewPromiseCapability(ctx, funcs);
    VAL(JS_Call(ctx, funcs[1], JS_UNDEFINED, 0, NULL), "reject()");
    INT(JS_PromiseState(ctx, p), "reject(), state");
    JS_FreeValue(ctx, funcs[0]);
    JS_FreeValue(ctx, funcs[1]);
    JS_FreeValue(ctx, p);
    run_jobs();

    JS_SetHostPromiseRejectionTracker(rt, tracker, &rt);
    for (i = 0; i < COUNT(scripts); i++) {
        begin("tracker, %s", scripts[i]);
        v = JS_Eval(ctx, scripts[i], strlen(scripts[i]), "p", 0);
        note("|");
        run_jobs();
        if (JS_IsPromise(v))
            printf(" state %d", JS_PromiseState(ctx, v));
        JS_FreeValue(ctx, v);
        finish();
    }
    begin("tracker, JS_NewSettledPromise(reject)");
    p = JS_NewSettledPromise(ctx, true, JS_NULL);
    finish();
    begin("tracker, JS_PromiseMarkAsHandled");
    JS_PromiseMarkAsHandled(ctx, p);
    finish();
    begin("tracker, JS_PromiseMarkAsHandled again");
    JS_PromiseMarkAsHandled(ctx, p);
    finish();
    JS_FreeValue(ctx, p);
    JS_SetHostPromiseRejectionTracker(rt, NULL, NULL);

    JS_SetPromiseHook(rt, hook, NULL);
    for (i = 0; i < COUNT(scripts); i++) {
        begin("hook, %s", scripts[i]);
        v = JS_Eval(ctx, scripts[i], strlen(scripts[i]), "p", 0);
        note("|");
        run_jobs();
        JS_FreeValue(ctx, v);
        finish();
    }
    JS_SetPromiseHook(rt, NULL, NULL);

    /* C's jobs */
    for (i = 0; i < 3; i++)
        args[i] = i ? JS_NewInt32(ctx, i) : JS_NewString(ctx, "s");
    for (i = 0; i < 4; i++)
        INT(JS_EnqueueJob(ctx, job, i, (JSValueConst *)args), "JS_EnqueueJob(%d)", i);
    JS_FreeValue(ctx, args[0]);
    INT(JS_EnqueueJob(other, job, 0, NULL), "JS_EnqueueJob(other realm)");
    INT(JS_IsJobPending(rt), "JS_IsJobPending");
    for (i = 0; i < 7; i++) {
        int r;

        INT(JS_GetPendingJobContext(rt) == ctx ? 1 : JS_GetPendingJobContext(rt) == other ? 2 : JS_GetPendingJobContext(rt) ? 3 : 0, "JS_GetPendingJobContext %d", i);
        c = (JSContext *)&c;
        begin("JS_ExecutePendingJob %d", i);
        r = JS_ExecutePendingJob(rt, &c);
        printf(" = %d in %d", r, c == ctx ? 1 : c == other ? 2 : c ? 3 : 0);
        finish_in(r < 0 ? c : ctx);
    }
    INT(JS_IsJobPending(rt), "JS_IsJobPending");
    /* jobs that throw what cannot be caught */
    run("Promise.resolve().then(() => { throw 1 }); Promise.resolve().then(() => 2)");
    begin("jobs that reject");
    while ((i = JS_ExecutePendingJob(rt, &c)) != 0)
        printf(" %d", i);
    finish();
    run("delete globalThis.p; delete globalThis.q; delete globalThis.fn");
}

/* ---- interrupts and limits ---- */

static int countdown;

static int interrupt(JSRuntime *r, void *opaque)
{
    return countdown-- <= 0;
}

static void interrupts(void)
{
    static const char *const scripts[] = { "while (true);", "try { while (true); } catch { log('caught') } finally { log('finally') }", "for (;;) {}", "(function f() { while (1); }).call()",
        "[1].map(() => { while (true); })", "[2, 1].sort(() => { while (true); })", "({ get a() { while (true); } }).a", "JSON.stringify({ toJSON() { while (true); } })",
        "'a'.replace(/a/, () => { while (true); })", "new Proxy({}, { get() { while (true); } }).x", "(function* () { try { while (true); } finally { log('finally') } })().next()",
        "for (const x of { [Symbol.iterator]() { return { next: () => ({}), return() { log('return') } } } }) while (true);", "eval('while (true);')", "`${{ toString() { while (true); } }}`",
        "do ; while (1)", "var i = 0; while (i < 1e9) i++", "const big = 'x'.repeat(1e5); while (true) big.indexOf('y')", "/^(a+)+$/.test('a'.repeat(40) + 'b')", "label: for (;;) continue label",
        "class A { static { while (true); } }", "class B { x = (() => { while (1); })() }; new B", "Reflect.apply(() => { while (1); }, null, [])", "Array.from({ length: 1 }, () => { while (1); })" };
    int i;

    JS_SetInterruptHandler(rt, interrupt, NULL);
    for (i = 0; i < COUNT(scripts); i++) {
        JSValue e;

        countdown = 3;
        begin("interrupt, %s", scripts[i]);
        e = JS_Eval(ctx, scripts[i], strlen(scripts[i]), "i", 0);
        printf(" = ");
        show(ctx, e);
        JS_FreeValue(ctx, e);
        e = JS_GetException(ctx);
        printf(" ");
        show(ctx, e);
        JS_FreeValue(ctx, e);
        countdown = 1 << 30;
        finish();
        VAL(JS_Eval(ctx, "1 + 1", 5, "i", 0), "interrupt, after it");
    }
    /* an interrupt in a job, and in C's own calls */
    run("Promise.resolve().then(() => { while (true); }).catch(() => log('caught')); Promise.resolve().then(() => log('next'))");
    countdown = 1;
    for (i = 0; i < 5; i++) {
        JSContext *c = NULL;
        int r;

        begin("interrupt, job %d", i);
        r = JS_ExecutePendingJob(rt, &c);
        printf(" = %d", r);
        finish();
        countdown = 1 << 30;
    }
    JS_SetInterruptHandler(rt, NULL, NULL);
}

static void stack_limits(void)
{
    static const char *const scripts[] = { "(function f() { f() })()", "var n = 0; try { (function f() { n++; f() })() } catch (e) { e.name + (n > 100) }", "var a = []; for (var i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)",
        "var o = {}; o.toString = () => '' + o; '' + o", "var p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x", "eval('('.repeat(1e5) + ')'.repeat(1e5))", "JSON.parse('['.repeat(1e5))", "new RegExp('('.repeat(1e5) + ')'.repeat(1e5))",
        "class A { constructor() { new A } } new A", "[1].map(function f(x) { return [1].map(f) })", "var q = { get a() { return this.a } }; q.a",
        "function* g() { yield* g() } [...g()]", "async function r() { await r() } r(); 0" };
    int i;

    for (i = 0; i < COUNT(scripts); i++) {
        VAL(JS_Eval(ctx, scripts[i], strlen(scripts[i]), "s", 0), "stack, %s", scripts[i]);
        run_jobs();
    }
    run("a = o = p = q = undefined");
    JS_SetMaxStackSize(rt, 0);
    VAL(JS_Eval(ctx, "1 + 1", 5, "s", 0), "JS_SetMaxStackSize(0)");
    JS_SetMaxStackSize(rt, 64 * 1024);
    VAL(JS_Eval(ctx, "(function f() { f() })()", 24, "s", 0), "JS_SetMaxStackSize(64K)");
    JS_SetMaxStackSize(rt, 1024 * 1024);
    JS_UpdateStackTop(rt);
    VAL(JS_Eval(ctx, "1 + 1", 5, "s", 0), "JS_UpdateStackTop");
}

static void memory(void)
{
    static const char *const scripts[] = { "var a = []; while (true) a.push({})", "try { var b = []; while (true) b.push([1, 2, 3]) } catch (e) { b = null; String(e) }", "'x'.repeat(1 << 29)", "new ArrayBuffer(1e9)",
        "new Uint8Array(1e8).length", "var m = new Map; for (var i = 0;; i++) m.set(i, {})", "var s = 'ab'; while (true) s += s + 'c'", "new Array(1e7).fill(0).length", "JSON.parse('[' + '1,'.repeat(5e6) + '1]')" };
    void *p, *q;
    char *s;
    int i;

    p = js_malloc(ctx, 100);
    INT(js_malloc_usable_size(ctx, p) >= 100, "js_malloc_usable_size >= 100");
    p = js_realloc(ctx, p, 1000);
    PTR(p, "js_realloc(1000)");
    q = js_realloc(ctx, p, 0);
    PTR(q, "js_realloc(p, 0)");
    q = js_realloc(ctx, NULL, 10);
    PTR(q, "js_realloc(NULL, 10)");
    js_free(ctx, q);
    js_free(ctx, NULL);
    js_free_rt(rt, NULL);
    p = js_calloc(ctx, 10, 10);
    INT(((char *)p)[99], "js_calloc");
    js_free(ctx, p);
    PTR(js_calloc_rt(rt, (size_t)1 << 40, (size_t)1 << 40), "js_calloc_rt(overflow)");
    p = js_mallocz(ctx, 10);
    INT(((char *)p)[9], "js_mallocz");
    js_free(ctx, p);
    p = js_mallocz_rt(rt, 10);
    INT(js_malloc_usable_size_rt(rt, p) >= 10, "js_malloc_usable_size_rt");
    p = js_realloc_rt(rt, p, 20);
    js_free_rt(rt, p);
    s = js_strdup(ctx, "text");
    INT(strcmp(s, "text"), "js_strdup");
    js_free(ctx, s);
    s = js_strndup(ctx, "text", 2);
    INT(strcmp(s, "te"), "js_strndup(2)");
    js_free(ctx, s);
    PTR(js_malloc(ctx, (size_t)1 << 60), "js_malloc(2^60)");
    PTR(js_malloc_rt(rt, (size_t)1 << 60), "js_malloc_rt(2^60)");
    JS_SetMemoryLimit(rt, 8 << 20);
    PTR(js_malloc(ctx, 16 << 20), "js_malloc(16M) with 8M");
    PTR(js_malloc_rt(rt, 16 << 20), "js_malloc_rt(16M) with 8M");
    PTR(js_calloc(ctx, 16, 1 << 20), "js_calloc(16M) with 8M");
    PTR(js_mallocz(ctx, 16 << 20), "js_mallocz(16M) with 8M");
    p = js_malloc(ctx, 100);
    PTR(js_realloc(ctx, p, 16 << 20), "js_realloc(16M) with 8M");
    PTR(js_realloc_rt(rt, p, 16 << 20), "js_realloc_rt(16M) with 8M");
    js_free(ctx, p);
    VAL(JS_NewArrayBufferCopy(ctx, (const uint8_t *)"x", 1), "JS_NewArrayBufferCopy with 8M");
    for (i = 0; i < COUNT(scripts); i++) {
        VAL(JS_Eval(ctx, scripts[i], strlen(scripts[i]), "m", 0), "8M, %s", scripts[i]);
        JS_FreeValue(ctx, JS_Eval(ctx, "a = b = m = s = undefined", 25, "m", 0));
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
    JS_SetMemoryLimit(rt, 0);
    VAL(JS_Eval(ctx, "new Uint8Array(1e7).length", 26, "m", 0), "without limit");
    run("a = b = m = s = undefined");
    {
        JSMemoryUsage u;

        memset(&u, 0xff, sizeof(u));
        JS_ComputeMemoryUsage(rt, &u);
        INT(u.malloc_size > 0 && u.malloc_count > 0 && u.memory_used_size > 0 && u.atom_count > 0 && u.obj_count > 0 && u.shape_count > 0 && u.c_func_count > 0,
            "JS_ComputeMemoryUsage, counts");
        INT(u.malloc_limit == -1 ? -1 : u.malloc_limit == 0 ? 0 : 1, "JS_ComputeMemoryUsage, limit");
        JS_SetMemoryLimit(rt, 1 << 30);
        JS_ComputeMemoryUsage(rt, &u);
        INT((int)u.malloc_limit, "JS_ComputeMemoryUsage, limit of 2^30");
        JS_SetMemoryLimit(rt, (size_t)-1);
    }
}

/* ---- contexts ---- */

static void contexts(void)
{
    static const char names[] = "Object.getOwnPropertyNames(globalThis).sort().join()";
    static const struct {
        const char *name;
        int (*add)(JSContext *);
    } intrinsics[] = { { "BaseObjects", JS_AddIntrinsicBaseObjects }, { "Date", JS_AddIntrinsicDate }, { "Eval", JS_AddIntrinsicEval }, { "RegExp", JS_AddIntrinsicRegExp },
        { "JSON", JS_AddIntrinsicJSON }, { "Proxy", JS_AddIntrinsicProxy }, { "MapSet", JS_AddIntrinsicMapSet }, { "TypedArrays", JS_AddIntrinsicTypedArrays }, { "Promise", JS_AddIntrinsicPromise },
        { "BigInt", JS_AddIntrinsicBigInt }, { "WeakRef", JS_AddIntrinsicWeakRef }, { "AToB", JS_AddIntrinsicAToB }, { "DOMException", JS_AddIntrinsicDOMException }, { "Performance", JS_AddPerformance } };
    JSContext *c = JS_NewContextRaw(rt), *d;
    JSValue v;
    int i;

    for (i = 0; i < COUNT(intrinsics); i++) {
        int r;
        const char *s;

        r = intrinsics[i].add(c);
        begin("JS_AddIntrinsic%s", intrinsics[i].name);
        printf(" = %d", r);
        if (i >= 2) {
            v = JS_Eval(c, names, strlen(names), "c", 0);
            s = JS_ToCString(c, v);
            printf(" %s", s ? s : "?");
            JS_FreeCString(c, s);
            JS_FreeValue(c, v);
        }
        finish_in(c);
    }
    d = JS_DupContext(c);
    INT(d == c, "JS_DupContext");
    JS_FreeContext(d);
    JS_AddIntrinsicRegExpCompiler(c);
    v = JS_Eval(c, "/x/.test('x')", 13, "c", 0);
    VAL(v, "JS_AddIntrinsicRegExp, used");
    JS_FreeContext(c);

    /* values of one realm in another */
    v = eval_in(other, "({ f() { return [] instanceof Array }, e: new TypeError })");
    set_global(ctx, "x", v);
    VAL(eval("x.f() + '' + (x instanceof Object) + (x.e instanceof TypeError) + Object.prototype.toString.call(x.e)"), "another realm's objects");
    VAL(JS_EvalThis(other, v, "typeof this", 11, "o", 0), "JS_EvalThis in another realm");
    run("delete globalThis.x");
    /* a context that is freed while its functions live */
    c = JS_NewContext(rt);
    v = eval_in(c, "(function () { return typeof globalThis + typeof Array })");
    JS_FreeContext(c);
    VAL(JS_Call(ctx, v, JS_UNDEFINED, 0, NULL), "a function of a context that was freed");
    JS_FreeValue(ctx, v);
    /* and one with a job pending */
    c = JS_NewContext(rt);
    set_function(c, "log", js_log, 1);
    JS_FreeValue(c, eval_in(c, "Promise.resolve().then(() => log('ran'))"));
    JS_FreeContext(c);
    begin("a job of a context that was freed");
    i = JS_ExecutePendingJob(rt, &d);
    printf(" = %d", i);
    finish();
}

static void runtime_finalizer(JSRuntime *r, void *arg)
{
    printf("runtime finalizer %s\n", (const char *)arg);
}

int main(void)
{
    start();
    INT(JS_AddRuntimeFinalizer(rt, runtime_finalizer, "first"), "JS_AddRuntimeFinalizer");
    INT(JS_AddRuntimeFinalizer(rt, runtime_finalizer, "second"), "JS_AddRuntimeFinalizer");
    atoms();
    strings();
    makers();
    lists();
    promises();
    interrupts();
    stack_limits();
    contexts();
    memory();
    end();
    return 0;
}
