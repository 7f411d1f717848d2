/* Modules of C and of scripts, loaders, attributes, what is written and read (JS_WriteObject), buffers over C's memory. */
#include "transcript.h"

/* ---- modules ---- */

static int loader_mode;

static char *normalize(JSContext *c, const char *base, const char *name, void *opaque)
{
    note("normalize %s %s", base, name);
    if (!strcmp(name, "unnormal")) {
        JS_ThrowPlainError(c, "normalizer");
        return NULL;
    }
    if (!strcmp(name, "renamed"))
        return js_strdup(c, "a.js");
    return js_strdup(c, name);
}

static JSValue attribute(JSContext *c, JSValueConst attributes)
{
    return JS_IsObject(attributes) ? JS_JSONStringify(c, attributes, JS_UNDEFINED, JS_UNDEFINED) : JS_DupValue(c, attributes);
}

static char *normalize2(JSContext *c, const char *base, const char *name, JSValueConst attributes, void *opaque)
{
    JSValue v = attribute(c, attributes);
    const char *s = JS_ToCString(c, v);

    note("normalize2 %s %s %s", base, name, s);
    JS_FreeCString(c, s);
    JS_FreeValue(c, v);
    return js_strdup(c, name);
}

static int check_attributes(JSContext *c, void *opaque, JSValueConst attributes)
{
    JSValue v = attribute(c, attributes), t;
    const char *s = JS_ToCString(c, v);

    note("check %s", s);
    JS_FreeCString(c, s);
    JS_FreeValue(c, v);
    t = JS_GetPropertyStr(c, attributes, "type");
    s = JS_ToCString(c, t);
    JS_FreeValue(c, t);
    if (!strcmp(s, "bad")) {
        JS_FreeCString(c, s);
        JS_ThrowTypeError(c, "attribute");
        return -1;
    }
    JS_FreeCString(c, s);
    return 0;
}

static const struct {
    const char *name, *source;
} files[] = {
    { "a.js", "log('a'); export let n = 1; export default function f() { return 'default' } export const inc = () => ++n; export * as ns from 'b.js'" },
    { "b.js", "log('b'); export const b = 'b'; export { n as renamed } from 'a.js'" },
    { "c1.js", "import { two } from 'c2.js'; export let one = 1; log('c1', typeof two)" },
    { "c2.js", "import { one } from 'c1.js'; export let two = 2; try { one } catch (e) { log('c2', e.name) }" },
    { "throws.js", "log('throws'); throw new RangeError('from module')" },
    { "syntax.js", "export let x = ;" },
    { "tla.js", "log('tla'); export let v = await Promise.resolve(5); log('tla2')" },
    { "tlathrow.js", "await 1; throw 'late'" },
    { "needs.js", "import 'missing.js'" },
    { "badname.js", "import { nothing } from 'b.js'" },
    { "star1.js", "export const s = 1, only1 = 1" },
    { "star2.js", "export const s = 2, only2 = 2" },
    { "stars.js", "export * from 'star1.js'; export * from 'star2.js'" },
    { "meta.js", "export const meta = import.meta" },
    { "dyn.js", "export const p = import('b.js')" },
    { "self.js", "import * as self from 'self.js'; export const keys = Object.keys(self); export let z" },
};

static JSModuleDef *load(JSContext *c, const char *name)
{
    int i;

    note("load %s", name);
    if (!strcmp(name, "throwing.js")) {
        JS_ThrowPlainError(c, "loader");
        return NULL;
    }
    for (i = 0; i < COUNT(files); i++) {
        if (!strcmp(name, files[i].name)) {
            JSValue v = JS_Eval(c, files[i].source, strlen(files[i].source), name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
            JSModuleDef *m;

            if (JS_IsException(v))
                return NULL;
            m = JS_VALUE_GET_PTR(v);
            JS_FreeValue(c, v);
            return m;
        }
    }
    JS_ThrowReferenceError(c, "no file");
    return NULL;
}

static JSModuleDef *loader(JSContext *c, const char *name, void *opaque)
{
    return load(c, name);
}

static JSModuleDef *loader2(JSContext *c, const char *name, void *opaque, JSValueConst attributes)
{
    JSValue v = attribute(c, attributes);
    const char *s = JS_ToCString(c, v);

    note("attributes %s", s);
    JS_FreeCString(c, s);
    JS_FreeValue(c, v);
    return load(c, name);
}

static void module(const char *label, const char *source)
{
    JSValue v, r;

    run("globalThis.out = undefined");
    begin("%s, %s", label, source);
    v = JS_Eval(ctx, source, strlen(source), "main.js", JS_EVAL_TYPE_MODULE);
    printf(" = ");
    show(ctx, v);
    if (JS_IsPromise(v)) {
        printf(" state %d", JS_PromiseState(ctx, v));
        note("|");
        run_jobs();
        printf(" then %d ", JS_PromiseState(ctx, v));
        r = JS_PromiseResult(ctx, v);
        show(ctx, r);
        JS_FreeValue(ctx, r);
    }
    JS_FreeValue(ctx, v);
    r = get_global("out");
    printf(" out ");
    show(ctx, r);
    JS_FreeValue(ctx, r);
    finish();
}

static int init_mode;

static int init(JSContext *c, JSModuleDef *m)
{
    note("init");
    if (init_mode == 1) {
        JS_ThrowPlainError(c, "init");
        return -1;
    }
    JS_SetModuleExport(c, m, "one", JS_NewInt32(c, 1));
    if (init_mode == 0)
        JS_SetModuleExport(c, m, "obj", JS_NewObject(c));
    note("set undeclared %d", JS_SetModuleExport(c, m, "undeclared", JS_NewObject(c)));
    return 0;
}

static JSValue exported(JSContext *c, JSValueConst this_val, int argc, JSValueConst *argv)
{
    return JS_NewInt32(c, argc);
}

static const JSCFunctionListEntry exports[] = { JS_CFUNC_DEF("fn", 1, exported), JS_PROP_STRING_DEF("str", "s", 0), JS_PROP_INT32_DEF("num", 5, JS_PROP_C_W_E),
    JS_PROP_DOUBLE_DEF("dbl", 1.5, 0), JS_PROP_INT64_DEF("big", 1LL << 40, 0) };

static int init_list(JSContext *c, JSModuleDef *m)
{
    return JS_SetModuleExportList(c, m, exports, COUNT(exports));
}

static void modules(void)
{
    static const char *const sources[] = {
        "import d, { n, inc, ns } from 'a.js'; inc(); out = [d(), n, ns.b].join()", "import * as a from 'a.js'; out = Object.keys(a).join() + a[Symbol.toStringTag]",
        "import { one } from 'c1.js'; out = one", "import 'throws.js'", "import 'throws.js'; out = 1", "import 'syntax.js'", "import { v } from 'tla.js'; out = v", "import 'tlathrow.js'", "import 'missing.js'",
        "import 'needs.js'", "import 'badname.js'", "import { nope } from 'a.js'", "import { s } from 'stars.js'", "import * as st from 'stars.js'; out = Object.keys(st).join()", "import 'throwing.js'", "import 'unnormal'",
        "import d from 'renamed'; out = d()", "import { meta } from 'meta.js'; out = Reflect.ownKeys(meta).length + String(Object.getPrototypeOf(meta))", "import { p } from 'dyn.js'; out = (await p).b",
        "import { keys } from 'self.js'; out = keys.join()", "out = await import('a.js').then(m => m.n)", "out = await import('missing.js').catch(e => e.name)", "out = await import('throws.js').catch(e => e.message)",
        "out = await import('syntax.js').catch(e => e.name)", "import * as m from 'b.js'; try { m.b = 1 } catch (e) { out = e.name }", "import * as m from 'b.js'; out = JSON.stringify(Object.getOwnPropertyDescriptor(m, 'b'))",
        "import * as m from 'b.js'; out = [Object.isExtensible(m), Object.isFrozen(m), Object.isSealed(m), delete m.nope, 'b' in m, Reflect.set(m, 'b', 1)].join()", "import { b } from 'b.js'; b = 1",
        "import { b as default1, b as b2 } from 'b.js'; out = default1 + b2", "export default 1; export default 2", "export { nowhere }", "import { b } from 'b.js'; let b", "out = typeof this + typeof import.meta", "await 1; out = 2; throw 'late'",
        "new Promise(() => {})", "await new Promise(() => {})", "import a from 'a.js' with { type: 'json' }; out = typeof a", "import {} from 'a.js' with { type: 'bad' }", "import 'b.js' with { type: 'x', other: 'y' }", "out = await import('b.js', { with: { type: 't' } }).then(m => m.b, e => e.name)",
        "out = await import('b.js', { with: { type: 1 } }).then(m => m.b, e => e.name)", "out = await import({ toString() { throw 'spec' } }).catch(e => e)", "yield", "with (a) {}", "out = (() => { try { undeclared = 1 } catch (e) { return e.name } })()",
        "out = eval('typeof import.meta')", "out = await (0, eval)(\"import('b.js')\").then(m => m.b)", "import x from 'b.js'",
    };
    static const char importing[] = "import { b } from 'b.js'; globalThis.out = b; export let k = 1";
    JSModuleDef *m;
    JSValue v, w;
    JSAtom atom;
    int i;

    module("no loader", "import 'x'");
    module("no loader", "out = await import('x').catch(e => e.name)");
    JS_SetModuleLoaderFunc(rt, normalize, loader, NULL);
    for (i = 0; i < 36; i++)
        module("loader", sources[i]);
    JS_SetModuleLoaderFunc2(rt, normalize, loader2, check_attributes, NULL);
    for (i = 0; i < COUNT(sources); i++)
        module("loader2", sources[i]);
    JS_SetModuleNormalizeFunc2(rt, normalize2);
    module("normalize2", "import { b } from 'b.js' with { type: 'z' }; out = b");
    module("normalize2", "import { b } from 'b.js'; out = b");
    JS_SetModuleLoaderFunc2(rt, NULL, loader2, NULL, NULL);
    module("default normalizer", "import './b.js'");
    module("default normalizer", "import '../x/./y/../b.js'");
    module("default normalizer", "import 'bare'");
    JS_SetModuleLoaderFunc(rt, normalize, loader, NULL);

    /* C modules */
    for (init_mode = 0; init_mode < 3; init_mode++) {
        char name[8] = "c0";

        name[1] += init_mode;
        m = JS_NewCModule(ctx, name, init);
        INT(JS_AddModuleExport(ctx, m, "one"), "JS_AddModuleExport(one)");
        INT(JS_AddModuleExport(ctx, m, "obj"), "JS_AddModuleExport(obj)");
        INT(JS_AddModuleExport(ctx, m, "one"), "JS_AddModuleExport(one), again");
        VAL(JS_GetModulePrivateValue(ctx, m), "JS_GetModulePrivateValue, none");
        INT(JS_SetModulePrivateValue(ctx, m, JS_NewInt32(ctx, 7)), "JS_SetModulePrivateValue");
        VAL(JS_GetModulePrivateValue(ctx, m), "JS_GetModulePrivateValue");
        ATOM(JS_GetModuleName(ctx, m), "JS_GetModuleName");
        v = JS_GetImportMeta(ctx, m);
        VAL(JS_DupValue(ctx, v), "JS_GetImportMeta");
        w = JS_GetImportMeta(ctx, m);
        INT(JS_VALUE_GET_PTR(v) == JS_VALUE_GET_PTR(w), "JS_GetImportMeta, the same");
        VAL(JS_GetPrototype(ctx, v), "JS_GetImportMeta, prototype");
        JS_FreeValue(ctx, v);
        JS_FreeValue(ctx, w);
        {
            char source[128];

            snprintf(source, sizeof(source), "import * as c from '%s'; out = Object.keys(c).join() + c.one + typeof c.obj", name);
            module("C module", source);
            snprintf(source, sizeof(source), "import { one } from '%s'; out = one", name);
            module("C module again", source);
        }
        if (init_mode != 1) {
            v = JS_GetModuleNamespace(ctx, m);
            VAL(JS_GetPropertyStr(ctx, v, "one"), "JS_GetModuleNamespace, one");
            INT(JS_SetModuleExport(ctx, m, "one", JS_NewInt32(ctx, 2)), "JS_SetModuleExport, later");
            VAL(JS_GetPropertyStr(ctx, v, "one"), "JS_GetModuleNamespace, one, later");
            JS_FreeValue(ctx, v);
        }
    }
    m = JS_NewCModule(ctx, "list", init_list);
    INT(JS_AddModuleExportList(ctx, m, exports, COUNT(exports)), "JS_AddModuleExportList");
    module("C module", "import * as c from 'list'; out = Object.keys(c).map(k => k + ':' + typeof c[k] + String(c[k])).join()");

    /* compile, resolve, run */
    v = JS_Eval(ctx, importing, strlen(importing), "comp.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    VAL(JS_DupValue(ctx, v), "JS_Eval(compile module)");
    INT(JS_ResolveModule(ctx, v), "JS_ResolveModule");
    INT(JS_ResolveModule(ctx, v), "JS_ResolveModule, again");
    m = JS_VALUE_GET_PTR(v);
    ATOM(JS_GetModuleName(ctx, m), "JS_GetModuleName");
    w = JS_EvalFunction(ctx, v);
    INT(JS_PromiseState(ctx, w), "JS_EvalFunction(module), state");
    JS_FreeValue(ctx, w);
    VAL(get_global("out"), "JS_EvalFunction(module), out");
    w = JS_GetModuleNamespace(ctx, m);
    VAL(JS_GetPropertyStr(ctx, w, "k"), "JS_GetModuleNamespace, k");
    JS_FreeValue(ctx, w);
    INT(JS_ResolveModule(ctx, JS_NULL), "JS_ResolveModule(null)");
    INT(JS_ResolveModule(ctx, JS_NewInt32(ctx, 1)), "JS_ResolveModule(1)");
    v = JS_Eval(ctx, "import 'missing.js'", 19, "unres.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    VAL(v, "JS_Eval(compile module whose import is missing)");

    /* JS_LoadModule */
    {
        static const char *const names[] = { "a.js", "missing.js", "throws.js", "syntax.js", "tla.js", "tlathrow.js", "unnormal" };

        for (i = 0; i < COUNT(names); i++) {
            begin("JS_LoadModule(%s)", names[i]);
            v = JS_LoadModule(ctx, "main.js", names[i]);
            printf(" = ");
            show(ctx, v);
            printf(" state %d", JS_PromiseState(ctx, v));
            note("|");
            run_jobs();
            printf(" then %d ", JS_PromiseState(ctx, v));
            w = JS_PromiseResult(ctx, v);
            show(ctx, w);
            JS_FreeValue(ctx, w);
            JS_FreeValue(ctx, v);
            finish();
        }
    }
    atom = JS_GetScriptOrModuleName(ctx, 0);
    JS_FreeAtom(ctx, atom);
    run("delete globalThis.out");
    JS_SetModuleLoaderFunc(rt, NULL, NULL, NULL);
}

/* ---- JS_WriteObject ---- */

static void written(void)
{
    static const int writes[] = { 0, JS_WRITE_OBJ_BYTECODE, JS_WRITE_OBJ_SAB, JS_WRITE_OBJ_REFERENCE, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_REFERENCE | JS_WRITE_OBJ_SAB,
        JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_DEBUG };
    static const char *const shared[] = { "(() => { const o = {}; return { a: o, b: o } })()", "(() => { const o = {}; o.self = o; return o })()", "(() => { const a = []; a.push(a); return a })()",
        "({ get a() { return 1 } })", "Object.defineProperty({}, 'hidden', { value: 1 })", "Object.assign([1, , 3], { x: 1 })", "({ [Symbol('k')]: 1, a: 2 })", "Object.assign(new Date(5), { x: 1 })", "({ a: undefined, b: NaN, c: -0 })",
        "[[[[[[1]]]]]]", "'\\ud800'", "new (class A { x = 1 })", "new Map([[{}, [1]]])", "new Set(['s'])", "[new Uint8Array([1, 2]), new Float64Array([1.5])]", "(() => { const b = new ArrayBuffer(4); return [new Uint8Array(b), new Uint16Array(b, 2)] })()",
        "new Error('e')", "/re/gi", "new Proxy({}, {})", "new Proxy([1], {})", "({ toJSON() { return 1 } })", "() => 1", "Symbol('x')" };
    int i, k;
    JSValue v, w;
    size_t n;
    uint8_t *p;

    for (i = 0; i < COUNT(kinds) + COUNT(shared); i++) {
        const char *name = i < COUNT(kinds) ? kinds[i].name : shared[i - COUNT(kinds)];

        if (!strcmp(name, "global") || !strcmp(name, "other global") || !strcmp(name, "Math") || !strcmp(name, "Reflect"))
            continue;
        for (k = 0; k < COUNT(writes); k++) {
            v = i < COUNT(kinds) ? make(i) : eval(name);
            n = 77;
            begin("JS_WriteObject(%s, %x)", name, writes[k]);
            p = JS_WriteObject(ctx, &n, v, writes[k]);
            printf(" = %s", p ? "bytes" : "NULL");
            if (p) {
                pending(ctx);
                w = JS_ReadObject(ctx, p, n, (writes[k] & JS_WRITE_OBJ_BYTECODE ? JS_READ_OBJ_BYTECODE : 0) | (writes[k] & JS_WRITE_OBJ_REFERENCE ? JS_READ_OBJ_REFERENCE : 0)
                    | (writes[k] & JS_WRITE_OBJ_SAB ? JS_READ_OBJ_SAB : 0));
                printf(", read ");
                show(ctx, w);
                if (k == 0 && JS_IsObject(w)) {
                    set_global(ctx, "w", JS_DupValue(ctx, w));
                    JS_FreeValue(ctx, w);
                    printf(" ");
                    w = eval("(() => { try { return Object.prototype.toString.call(w) + JSON.stringify(w) + Object.getOwnPropertyNames(w).slice(0, 12).join() } catch (e) { return e.name } })()");
                    show(ctx, w);
                    set_global(ctx, "w", JS_UNDEFINED);
                }
                JS_FreeValue(ctx, w);
                js_free(ctx, p);
            }
            finish();
            JS_FreeValue(ctx, v);
        }
    }
    /* what reading is not allowed, and what cannot be read */
    v = eval("(() => { const o = {}; return [o, o] })()");
    p = JS_WriteObject(ctx, &n, v, JS_WRITE_OBJ_REFERENCE);
    VAL(JS_ReadObject(ctx, p, n, 0), "JS_ReadObject(references, not allowed)");
    js_free(ctx, p);
    JS_FreeValue(ctx, v);
    v = JS_Eval(ctx, "1 + 1", 5, "w", JS_EVAL_FLAG_COMPILE_ONLY);
    PTR(JS_WriteObject(ctx, &n, v, 0), "JS_WriteObject(script, not allowed)");
    p = JS_WriteObject(ctx, &n, v, JS_WRITE_OBJ_BYTECODE);
    VAL(JS_ReadObject(ctx, p, n, 0), "JS_ReadObject(script, not allowed)");
    w = JS_ReadObject(ctx, p, n, JS_READ_OBJ_BYTECODE);
    VAL(JS_DupValue(ctx, w), "JS_ReadObject(script)");
    VAL(JS_EvalFunction(ctx, w), "JS_ReadObject(script), run");
    VAL(JS_ReadObject(ctx, p, n / 2, JS_READ_OBJ_BYTECODE), "JS_ReadObject(half of it)");
    VAL(JS_ReadObject(ctx, p, 0, JS_READ_OBJ_BYTECODE), "JS_ReadObject(nothing)");
    VAL(JS_ReadObject(ctx, (const uint8_t *)"\xff\xff\xff\xff", 4, 0), "JS_ReadObject(nonsense)");
    js_free(ctx, p);
    JS_FreeValue(ctx, v);
    v = JS_Eval(ctx, "export let wm = 3; globalThis.ran = wm", 38, "wm.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    p = JS_WriteObject(ctx, &n, v, JS_WRITE_OBJ_BYTECODE);
    w = JS_ReadObject(other, p, n, JS_READ_OBJ_BYTECODE);
    VAL(JS_DupValue(ctx, w), "JS_ReadObject(module)");
    INT(JS_ResolveModule(other, w), "JS_ReadObject(module), JS_ResolveModule");
    ATOM(JS_GetModuleName(other, JS_VALUE_GET_PTR(w)), "JS_ReadObject(module), name");
    w = JS_EvalFunction(other, w);
    VAL(w, "JS_ReadObject(module), run");
    run_jobs();
    js_free(ctx, p);
    v = JS_GetGlobalObject(other);
    VAL(JS_GetPropertyStr(other, v, "ran"), "JS_ReadObject(module), ran");
    JS_FreeValue(ctx, v);
    {
        JSSABTab tab = { (uint8_t **)&n, 77 };

        v = eval("[new SharedArrayBuffer(8), new SharedArrayBuffer(4)]");
        p = JS_WriteObject2(ctx, &n, v, JS_WRITE_OBJ_SAB, &tab);
        INT((int)tab.len, "JS_WriteObject2, tab.len");
        js_free(ctx, tab.tab);
        w = JS_ReadObject2(ctx, p, n, JS_READ_OBJ_SAB, &tab);
        VAL(w, "JS_ReadObject2");
        INT((int)tab.len, "JS_ReadObject2, tab.len");
        js_free(ctx, tab.tab);
        js_free(ctx, p);
        JS_FreeValue(ctx, v);
        v = JS_NewInt32(ctx, 1);
        p = JS_WriteObject2(ctx, &n, v, 0, &tab);
        INT((int)tab.len, "JS_WriteObject2(1), tab.len");
        PTR(tab.tab, "JS_WriteObject2(1), tab.tab");
        js_free(ctx, tab.tab);
        js_free(ctx, p);
        VAL(JS_ReadObject(ctx, (const uint8_t *)"x", 1, JS_READ_OBJ_SAB), "JS_ReadObject(x)");
    }
}

/* ---- buffers over C's memory ---- */

static void *reallocate(JSRuntime *r, void *opaque, void *ptr, size_t size)
{
    note("realloc %d opaque %s", (int)size, (const char *)opaque);
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    if (!strcmp(opaque, "refuses"))
        return NULL;
    return realloc(ptr, size);
}

static void buffers(void)
{
    static const char *const scripts[] = { "b.byteLength + ',' + b.resizable + ',' + b.maxByteLength", "b.resize(4); b.byteLength", "b.resize(12); b.byteLength", "b.resize(100)", "b.slice(1, 3).byteLength",
        "var t = b.transfer(); b.detached + ',' + t.byteLength", "t.transfer(2).byteLength", "new Uint8Array(b)", "structured", "b.resize(0)", "b.transferToFixedLength().byteLength" };
    static const struct {
        const char *opaque;
        size_t len, max;
        bool has_realloc, shared;
    } table[] = { { "plain", 8, 0, true, false }, { "resizable", 8, 16, true, false }, { "refuses", 8, 16, true, false }, { "empty", 0, 0, true, false }, { "no realloc", 8, 0, false, false },
        { "shared", 8, 0, true, true }, { "max below", 8, 4, true, false } };
    JSValue v, w;
    size_t n;
    int i, k;

    for (i = 0; i < COUNT(table); i++) {
        static uint8_t fixed[32];
        uint8_t *p = table[i].has_realloc ? malloc(table[i].max > table[i].len ? table[i].max : table[i].len + 1) : fixed;

        begin("JS_NewArrayBuffer(%s)", table[i].opaque);
        v = JS_NewArrayBuffer(ctx, p, table[i].len, table[i].max, table[i].has_realloc ? reallocate : NULL, (void *)table[i].opaque, table[i].shared);
        printf(" = ");
        show(ctx, v);
        if (JS_IsException(v)) {
            finish();
            if (!strstr(trail, "realloc 0"))
                free(p);
            continue;
        }
        n = 77;
        printf(" same %d", JS_GetArrayBuffer(ctx, &n, v) == p);
        printf(" %d", (int)n);
        finish();
        set_global(ctx, "b", JS_DupValue(ctx, v));
        for (k = 0; k < COUNT(scripts); k++)
            VAL(JS_Eval(ctx, scripts[k], strlen(scripts[k]), "b", 0), "JS_NewArrayBuffer(%s), %s", table[i].opaque, scripts[k]);
        begin("JS_DetachArrayBuffer(%s)", table[i].opaque);
        JS_DetachArrayBuffer(ctx, v);
        finish();
        n = 77;
        PTR(JS_GetArrayBuffer(ctx, &n, v), "JS_DetachArrayBuffer(%s), JS_GetArrayBuffer", table[i].opaque);
        INT((int)n, "JS_DetachArrayBuffer(%s), size", table[i].opaque);
        begin("JS_NewArrayBuffer(%s), gone", table[i].opaque);
        JS_FreeValue(ctx, v);
        run("b = t = undefined");
        finish();
    }
    begin("JS_NewUint8Array");
    v = JS_NewUint8Array(ctx, malloc(4), 4, reallocate, "bytes", false);
    printf(" = ");
    show(ctx, v);
    n = 77;
    PTR(JS_GetUint8Array(ctx, &n, v), "JS_GetUint8Array");
    INT((int)n, "JS_GetUint8Array, size");
    w = JS_GetTypedArrayBuffer(ctx, v, NULL, NULL, NULL);
    begin("JS_FreeValue(JS_NewUint8Array)");
    JS_FreeValue(ctx, v);
    note("|");
    JS_FreeValue(ctx, w);
    finish();
    v = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)"abc", 3);
    set_global(ctx, "u", v);
    VAL(eval("u.join() + u.buffer.byteLength + u.byteOffset"), "JS_NewUint8ArrayCopy(abc)");
    VAL(JS_NewUint8ArrayCopy(ctx, NULL, 0), "JS_NewUint8ArrayCopy(0)");
    VAL(JS_NewArrayBufferCopy(ctx, NULL, 0), "JS_NewArrayBufferCopy(0)");
    for (i = -1; i <= 12; i++) {
        JSValue args[3] = { JS_NewInt32(ctx, 2), JS_NULL, JS_NULL };

        VAL(JS_NewTypedArray(ctx, 1, (JSValueConst *)args, i), "JS_NewTypedArray(2, type %d)", i);
        VAL(JS_NewTypedArray(ctx, 0, NULL, i), "JS_NewTypedArray(type %d)", i);
    }
    run("delete globalThis.u; delete globalThis.b; delete globalThis.t");
}

int main(void)
{
    start();
    modules();
    written();
    buffers();
    end();
    return 0;
}
