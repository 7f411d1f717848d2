/* Modules: loaders with and without attributes, normalizers, C modules, namespaces, import.meta, private values,
   top-level await, compiling without running. */
#include "check.h"

/* What the loader finds. */
static const struct { const char *name, *text; } files[] = {
    { "a.js", "export let n = 1; export function inc() { n++ } export default 'dflt'; export { n as 'a b' };" },
    { "star.js", "export * from './a.js'; export * as ns from './a.js'; export const own = 1;" },
    { "clash.js", "export * from './a.js'; export * from './other.js';" },
    { "other.js", "export const n = 2;" },
    { "cyc1.js", "import { two } from './cyc2.js'; export function one() { return 1 } export const sum = one() + two();" },
    { "cyc2.js", "import { one } from './cyc1.js'; export function two() { return one() + 1 }" },
    { "throws.js", "export const x = 1; throw new RangeError('from module');" },
    { "syntax.js", "export const x = ;" },
    { "tla.js", "export const v = await Promise.resolve(5);" },
    { "dir/deep.js", "export { n } from '../a.js'; export const url = import.meta.url;" },
    { "tdz.js", "import { late } from './tdz2.js'; export let x = late;" },
    { "tdz2.js", "import { x } from './tdz.js'; export let late = typeof x;" },
};

static int loads, normalized, checked;

static JSModuleDef *find(JSContext *ctx, const char *name)
{
    JSValue m, meta;
    JSModuleDef *def;
    size_t i;

    loads++;
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (!strcmp(files[i].name, name)) {
            m = JS_Eval(ctx, files[i].text, strlen(files[i].text), name,
                        JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
            if (JS_IsException(m))
                return NULL;
            def = JS_VALUE_GET_PTR(m);
            /* the context owns the module */
            JS_FreeValue(ctx, m);
            meta = JS_GetImportMeta(ctx, def);
            CHECK(JS_SetPropertyStr(ctx, meta, "url", JS_NewString(ctx, name)) >= 0);
            JS_FreeValue(ctx, meta);
            return def;
        }
    }
    if (!strcmp(name, "silent"))
        return NULL; /* without an exception */
    JS_ThrowReferenceError(ctx, "no file '%s'", name);
    return NULL;
}

static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque)
{
    CHECK_STR(opaque, "opaque");
    return find(ctx, name);
}

static int init_value(JSContext *ctx, JSModuleDef *m)
{
    return JS_SetModuleExport(ctx, m, "default", JS_GetModulePrivateValue(ctx, m));
}

static JSModuleDef *load2(JSContext *ctx, const char *name, void *opaque, JSValueConst attributes)
{
    JSModuleDef *m;
    JSValue type;
    const char *text;

    (void)opaque;
    if (JS_IsUndefined(attributes))
        return find(ctx, name);
    type = JS_GetPropertyStr(ctx, attributes, "type");
    text = JS_ToCString(ctx, type);
    CHECK(text);
    m = JS_NewCModule(ctx, name, init_value);
    CHECK(m);
    CHECK_INT(JS_AddModuleExport(ctx, m, "default"), 0);
    CHECK_INT(JS_SetModulePrivateValue(ctx, m, JS_NewString(ctx, text)), 0);
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, type);
    return m;
}

static int check_attributes(JSContext *ctx, void *opaque, JSValueConst attributes)
{
    JSValue type = JS_GetPropertyStr(ctx, attributes, "type");
    bool known = !JS_IsUndefined(type);

    (void)opaque;
    checked++;
    JS_FreeValue(ctx, type);
    if (!known) {
        JS_ThrowTypeError(ctx, "only 'type' is known");
        return -1;
    }
    return 0;
}

static char *normalize(JSContext *ctx, const char *base, const char *name, void *opaque)
{
    (void)base;
    (void)opaque;
    normalized++;
    if (!strcmp(name, "refused")) {
        JS_ThrowTypeError(ctx, "refused by the normalizer");
        return NULL;
    }
    return js_strdup(ctx, !strncmp(name, "alias:", 6) ? name + 6 : name);
}

static char *normalize2(JSContext *ctx, const char *base, const char *name, JSValueConst attributes, void *opaque)
{
    (void)base;
    (void)opaque;
    return js_strdup(ctx, JS_IsUndefined(attributes) ? name : "with-attributes");
}

static void run_jobs(JSContext *ctx)
{
    JSContext *c;

    while (JS_ExecutePendingJob(JS_GetRuntime(ctx), &c) > 0)
        ;
}

/* Evaluates a module and, after all jobs, compares globalThis.out, or "throws " and the rejection. */
#define CHECK_MODULE(ctx, source, want) check_module(__FILE__, __LINE__, ctx, source, want)
static void check_module(const char *file, int line, JSContext *ctx, const char *source, const char *want)
{
    static int serial;
    char name[32];
    JSValue p, global;

    snprintf(name, sizeof(name), "main%d.js", serial++);
    set_global(ctx, "out", JS_UNDEFINED);
    p = JS_Eval(ctx, source, strlen(source), name, JS_EVAL_TYPE_MODULE);
    if (JS_IsException(p)) {
        check_val(file, line, ctx, p, want);
        return;
    }
    CHECK(JS_IsPromise(p));
    run_jobs(ctx);
    if (JS_PromiseState(ctx, p) == JS_PROMISE_REJECTED) {
        JS_Throw(ctx, JS_PromiseResult(ctx, p));
        check_val(file, line, ctx, JS_EXCEPTION, want);
    } else {
        CHECK_INT(JS_PromiseState(ctx, p), JS_PROMISE_FULFILLED);
        global = JS_GetGlobalObject(ctx);
        check_val(file, line, ctx, JS_GetPropertyStr(ctx, global, "out"), want);
        JS_FreeValue(ctx, global);
    }
    JS_FreeValue(ctx, p);
}

static void no_loader(JSContext *ctx)
{
    CHECK_MODULE(ctx, "out = typeof this + import.meta.url", "undefinedundefined");
    CHECK_MODULE(ctx, "import './a.js'", "throws ReferenceError: could not load module 'a.js'");
    CHECK_MODULE(ctx, "import('./a.js').catch(e => out = e.name)", "ReferenceError");
}

static void language(JSContext *ctx)
{
    int before;

    CHECK_MODULE(ctx, "import { n, inc } from './a.js'; inc(); out = n", "2");
    before = loads;
    CHECK_MODULE(ctx, "import d, * as a from './a.js'; out = d + a.n + a['a b'] + Object.keys(a)", "dflt22a b,default,inc,n");
    CHECK_INT(loads, before);
    CHECK_MODULE(ctx, "import { 'a b' as x } from './a.js'; out = x", "2");
    CHECK_MODULE(ctx, "import * as s from './star.js'; out = Object.keys(s) + s.ns.n", "a b,inc,n,ns,own2");
    CHECK_MODULE(ctx, "import { n } from './clash.js'",
                 "throws SyntaxError: export 'n' in module 'clash.js' is ambiguous");
    CHECK_MODULE(ctx, "import * as c from './clash.js'; out = Object.keys(c)", "a b,inc");
    CHECK_MODULE(ctx, "import { nope } from './a.js'",
                 "throws SyntaxError: Could not find export 'nope' in module 'a.js'");
    CHECK_MODULE(ctx, "import { sum } from './cyc1.js'; out = sum", "3");
    CHECK_MODULE(ctx, "import './throws.js'", "throws RangeError: from module");
    /* an evaluation that failed fails the same way again */
    CHECK_MODULE(ctx, "import './throws.js'", "throws RangeError: from module");
    CHECK_MODULE(ctx, "import('./syntax.js').catch(e => out = e.name + e.stack.split('\\n')[0])", "SyntaxError    at syntax.js:1:18");
    CHECK_MODULE(ctx, "import { v } from './tla.js'; out = v", "5");
    /* one that awaited, for a module that imports it, can be asked for by itself later */
    CHECK_MODULE(ctx, "import('./tla.js').then(m => out = m.v + 1)", "6");
    CHECK_MODULE(ctx, "out = (await import('./tla.js')).v + 2", "7");
    CHECK_MODULE(ctx, "import { n, url } from './dir/deep.js'; out = n + url", "2dir/deep.js");
    CHECK_MODULE(ctx, "import { x } from './tdz.js'; out = x", "throws ReferenceError: x is not initialized");
    CHECK_MODULE(ctx, "import('./a.js').then(a => { try { a.n = 1 } catch (e) { out = e.name } })", "TypeError");
    CHECK_MODULE(ctx, "import defer * as t from './other.js'; out = t.n", "2");
    CHECK_MODULE(ctx, "import './missing.js'", "throws ReferenceError: no file 'missing.js'");
    CHECK_MODULE(ctx, "import 'silent'", "throws ReferenceError: could not load module 'silent'");
    /* eval'd code imports as the script around it does */
    CHECK_MODULE(ctx, "(0, eval)(\"import('./a.js')\").then(a => out = a.n)", "2");
    CHECK_MODULE(ctx, "out = 1; await 1; out = 2; throw 'late'", "throws late");
}

static void attributes(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    JS_SetModuleLoaderFunc2(rt, normalize, load2, check_attributes, NULL);
    CHECK_MODULE(ctx, "import t from 'some' with { type: 'json' }; out = t", "json");
    /* the attributes are part of what a module is */
    CHECK_MODULE(ctx, "import t from 'some' with { type: 'text' }; out = t", "text");
    CHECK_MODULE(ctx, "import t from 'some' with { kind: 'x' }; out = t", "throws TypeError: only 'type' is known");
    CHECK_MODULE(ctx, "import('some', { with: { type: 'json' } }).then(m => out = m.default)", "json");
    CHECK_MODULE(ctx, "import('some', { with: { type: 1 } }).catch(e => out = e.name)", "TypeError");
    CHECK_INT(checked, 4);
    CHECK(normalized > 0);
    CHECK_MODULE(ctx, "import { n } from 'alias:a.js'; out = n", "2");
    CHECK_MODULE(ctx, "import 'refused'", "throws TypeError: refused by the normalizer");
    JS_SetModuleNormalizeFunc2(rt, normalize2);
    CHECK_MODULE(ctx, "import t from 'any' with { type: 'x' }; import u from 'thing' with { type: 'x' }; out = t === u", "true");
}

static JSValue c_add(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t a, b;

    if (JS_ToInt32(ctx, &a, argv[0]) || JS_ToInt32(ctx, &b, argv[1]))
        return JS_EXCEPTION;
    return JS_NewInt32(ctx, a + b);
}

static const JSCFunctionListEntry inner[] = { JS_PROP_INT32_DEF("deep", 7, 0) };
static const JSCFunctionListEntry exports[] = {
    JS_CFUNC_DEF("add", 2, c_add),
    JS_PROP_STRING_DEF("text", "h\xc3\xa9", 0),
    JS_PROP_INT32_DEF("int", -3, 0),
    JS_PROP_INT64_DEF("big", 1ll << 40, 0),
    JS_PROP_DOUBLE_DEF("pi", 3.5, 0),
    JS_OBJECT_DEF("object", inner, 1, 0),
};
#define EXPORTS (int)(sizeof(exports) / sizeof(exports[0]))

static int inits;
static int c_init(JSContext *ctx, JSModuleDef *m)
{
    inits++;
    return JS_SetModuleExportList(ctx, m, exports, EXPORTS);
}
static int c_init_throws(JSContext *ctx, JSModuleDef *m)
{
    CHECK_INT(JS_SetModuleExport(ctx, m, "undeclared", JS_NewString(ctx, "lost")), -1);
    CHECK(!JS_HasException(ctx));
    JS_ThrowSyntaxError(ctx, "from C");
    return -1;
}

static void c_modules(JSContext *ctx)
{
    JSModuleDef *m = JS_NewCModule(ctx, "native", c_init);
    JSAtom name;
    JSValue ns;

    CHECK(m);
    CHECK_INT(JS_AddModuleExportList(ctx, m, exports, EXPORTS), 0);
    CHECK_INT(JS_AddModuleExport(ctx, m, "unset"), 0);
    name = JS_GetModuleName(ctx, m);
    CHECK_VAL(ctx, JS_AtomToString(ctx, name), "native");
    JS_FreeAtom(ctx, name);
    CHECK_VAL(ctx, JS_GetModulePrivateValue(ctx, m), "undefined");
    CHECK_MODULE(ctx, "import * as n from 'native'; out = n.add(2, 3) + n.text + n.int + n.big + n.pi + n.object.deep + n.unset",
                 "5h\xc3\xa9-310995116277763.57undefined");
    CHECK_MODULE(ctx, "import { add } from 'native'; out = add(40, 2)", "42");
    CHECK_INT(inits, 1);
    ns = JS_GetModuleNamespace(ctx, m);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, ns, "int"), "-3");
    JS_FreeValue(ctx, ns);
    CHECK(JS_NewCModule(ctx, "fails", c_init_throws));
    CHECK_MODULE(ctx, "import 'fails'", "throws SyntaxError: from C");
    m = JS_NewCModule(ctx, "empty", NULL);
    CHECK(m);
    CHECK_MODULE(ctx, "import * as n from 'empty'; out = Object.keys(n).length", "0");
}

static void compile_only(JSContext *ctx)
{
    static const char text[] = "import { n } from './a.js'; globalThis.compiled = n; export const here = 1;";
    int before;
    JSValue m = JS_Eval(ctx, text, strlen(text), "compiled.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY), p, ns;
    JSModuleDef *def;

    CHECK(JS_IsModule(m));
    CHECK_INT(JS_VALUE_GET_TAG(m), JS_TAG_MODULE);
    before = loads;
    CHECK_INT(JS_ResolveModule(ctx, m), 0);
    CHECK_INT(loads, before);
    CHECK_INT(JS_ResolveModule(ctx, JS_UNDEFINED), 0);
    CHECK_EVAL(ctx, "typeof compiled", "undefined");
    def = JS_VALUE_GET_PTR(m);
    p = JS_EvalFunction(ctx, m);
    CHECK(JS_IsPromise(p));
    JS_FreeValue(ctx, p);
    CHECK_EVAL(ctx, "compiled", "2");
    ns = JS_GetModuleNamespace(ctx, def);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, ns, "here"), "1");
    JS_FreeValue(ctx, ns);

    /* what cannot be loaded is said at once */
    CHECK(JS_IsException(JS_Eval(ctx, "import 'nowhere'", 16, "x.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY)));
    CHECK_ERROR(ctx, "ReferenceError");
    CHECK(JS_IsException(JS_Eval(ctx, "import", 6, "x.js", JS_EVAL_TYPE_MODULE)));
    CHECK_ERROR(ctx, "SyntaxError");
}

/* A module is its context's: its values carry no count that could be given back too often or not at all. */
static void uncounted(void)
{
    static const char text[] = "import { n } from './a.js'; export const twice = n * 2; globalThis.twice = twice";
    JSContext *ctx = new_context();
    uint8_t *p;
    size_t size;
    JSValue m, r;
    int i;

    JS_SetModuleLoaderFunc(JS_GetRuntime(ctx), NULL, load, "opaque");
    m = JS_Eval(ctx, text, strlen(text), "uncounted.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    p = JS_WriteObject(ctx, &size, m, JS_WRITE_OBJ_BYTECODE);
    CHECK(p);
    for (i = 0; i < 5; i++)
        JS_FreeValue(ctx, m);
    JS_DupValue(ctx, m);
    r = JS_EvalFunction(ctx, m);
    CHECK(JS_IsPromise(r));
    JS_FreeValues(ctx, r, m);
    JS_RunGC(JS_GetRuntime(ctx));
    CHECK_EVAL(ctx, "twice", "2");
    m = JS_ReadObject(ctx, p, size, JS_READ_OBJ_BYTECODE);
    CHECK(JS_IsModule(m));
    js_free(ctx, p);
    JS_RunGC(JS_GetRuntime(ctx));
    CHECK_EVAL(ctx, "twice = 0", "0");
    r = JS_EvalFunction(ctx, m);
    CHECK(JS_IsPromise(r));
    JS_FreeValues(ctx, r, m, m);
    CHECK_EVAL(ctx, "twice", "2");
    /* another is never given back */
    CHECK(JS_IsModule(JS_Eval(ctx, "1", 1, "kept.js", JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY)));
    free_context(ctx);
}

static void async_script(JSContext *ctx)
{
    static const char text[] = "var seen = await Promise.resolve(6); seen * 7";
    JSValue p = JS_Eval(ctx, text, strlen(text), "async.js", JS_EVAL_FLAG_ASYNC), r;

    CHECK(JS_IsPromise(p));
    run_jobs(ctx);
    CHECK_INT(JS_PromiseState(ctx, p), JS_PROMISE_FULFILLED);
    r = JS_PromiseResult(ctx, p);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, r, "value"), "42");
    JS_FreeValues(ctx, r, p);
    CHECK_EVAL(ctx, "seen", "6");
    /* a thenable completion value is not adopted */
    p = JS_Eval(ctx, "({ then() { throw 1 } })", 24, "async.js", JS_EVAL_FLAG_ASYNC);
    run_jobs(ctx);
    CHECK_INT(JS_PromiseState(ctx, p), JS_PROMISE_FULFILLED);
    JS_FreeValue(ctx, p);
    p = JS_Eval(ctx, "await 1; nope", 13, "async.js", JS_EVAL_FLAG_ASYNC);
    run_jobs(ctx);
    CHECK_INT(JS_PromiseState(ctx, p), JS_PROMISE_REJECTED);
    JS_FreeValue(ctx, p);
    CHECK(JS_IsException(JS_Eval(ctx, "await 1", 7, "async.js", JS_EVAL_TYPE_GLOBAL)));
    CHECK_ERROR(ctx, "SyntaxError");
}

static void load_module(JSContext *ctx)
{
    JSValue p = JS_LoadModule(ctx, "dir/main.js", "./deep.js"), ns;

    CHECK(JS_IsPromise(p));
    run_jobs(ctx);
    CHECK_INT(JS_PromiseState(ctx, p), JS_PROMISE_FULFILLED);
    ns = JS_PromiseResult(ctx, p);
    CHECK_VAL(ctx, JS_GetPropertyStr(ctx, ns, "n"), "2");
    JS_FreeValues(ctx, ns, p);
    p = JS_LoadModule(ctx, "", "nowhere");
    CHECK_INT(JS_PromiseState(ctx, p), JS_PROMISE_REJECTED);
    JS_FreeValue(ctx, p);
}

static bool detect(const char *text)
{
    return JS_DetectModule(text, strlen(text));
}

int main(void)
{
    JSContext *ctx = new_context();

    no_loader(ctx);
    JS_SetModuleLoaderFunc(JS_GetRuntime(ctx), NULL, load, "opaque");
    language(ctx);
    c_modules(ctx);
    compile_only(ctx);
    load_module(ctx);
    attributes(ctx);
    async_script(ctx);
    free_context(ctx);
    uncounted();
    CHECK(detect("import 'x'"));
    CHECK(detect("export {}"));
    CHECK(detect("await 1"));
    CHECK(!detect("with ({}) 1"));
    CHECK(!detect("import x"));
    return 0;
}
