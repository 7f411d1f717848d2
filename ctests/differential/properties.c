/* Properties: reading, writing, defining, deleting and listing, on objects of every kind, with flags of every kind. */
#include "transcript.h"

static const char *const keys[] = { "a", "x", "0", "5", "length", "prototype", "yes", "fixed", "__proto__", "-0", "1.5",
    "4294967295", "byteLength", "constructor" };

static bool kept(const char *name)
{
    return !strcmp(name, "global") || !strncmp(name, "other", 5) || !strcmp(name, "Math") || !strcmp(name, "Reflect")
        || !strcmp(name, "C function") || !strncmp(name, "built-in", 8);
}

static void reading(int i)
{
    const char *name = kinds[i].name;
    JSValue v = make(i);
    int k;

    for (k = 0; k < COUNT(keys); k++) {
        JSAtom atom = JS_NewAtom(ctx, keys[k]);

        VAL(JS_GetProperty(ctx, v, atom), "JS_GetProperty(%s, %s)", name, keys[k]);
        INT(JS_HasProperty(ctx, v, atom), "JS_HasProperty(%s, %s)", name, keys[k]);
        {
            JSPropertyDescriptor d;
            int r;

            begin("JS_GetOwnProperty(%s, %s)", name, keys[k]);
            memset(&d, 0x55, sizeof(d));
            r = JS_GetOwnProperty(ctx, &d, v, atom);
            printf(" = %d", r);
            if (r > 0) {
                printf(", flags %x ", d.flags);
                show(ctx, d.value);
                printf(" get ");
                show(ctx, d.getter);
                printf(" set ");
                show(ctx, d.setter);
                JS_FreeValue(ctx, d.value);
                JS_FreeValue(ctx, d.getter);
                JS_FreeValue(ctx, d.setter);
            }
            finish();
            INT(JS_GetOwnProperty(ctx, NULL, v, atom), "JS_GetOwnProperty(%s, %s), NULL", name, keys[k]);
        }
        JS_FreeAtom(ctx, atom);
    }
    VAL(JS_GetPropertyStr(ctx, v, "toString"), "JS_GetPropertyStr(%s, toString)", name);
    VAL(JS_GetPropertyUint32(ctx, v, 0), "JS_GetPropertyUint32(%s, 0)", name);
    VAL(JS_GetPropertyUint32(ctx, v, 1), "JS_GetPropertyUint32(%s, 1)", name);
    VAL(JS_GetPropertyUint32(ctx, v, UINT32_MAX), "JS_GetPropertyUint32(%s, 2^32-1)", name);
    VAL(JS_GetPropertyInt64(ctx, v, 1), "JS_GetPropertyInt64(%s, 1)", name);
    VAL(JS_GetPropertyInt64(ctx, v, -1), "JS_GetPropertyInt64(%s, -1)", name);
    VAL(JS_GetPropertyInt64(ctx, v, (int64_t)1 << 53), "JS_GetPropertyInt64(%s, 2^53)", name);
    VAL(JS_GetPropertyInt64(ctx, v, INT64_MIN), "JS_GetPropertyInt64(%s, min)", name);
    JS_FreeValue(ctx, v);
}

static void listing(int i)
{
    static const int flags[] = { 0, JS_GPN_STRING_MASK, JS_GPN_SYMBOL_MASK, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK,
        JS_GPN_PRIVATE_MASK, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_SET_ENUM,
        JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_PRIVATE_MASK | JS_GPN_ENUM_ONLY | JS_GPN_SET_ENUM };
    const char *name = kinds[i].name;
    JSValue v = make(i);
    int k;

    if (strcmp(name, "global") && strcmp(name, "other global")) {
        for (k = 0; k < COUNT(flags); k++) {
            JSPropertyEnum *tab = (JSPropertyEnum *)&k;
            uint32_t n = 77, j;
            int r;

            begin("JS_GetOwnPropertyNames(%s, %x)", name, flags[k]);
            r = JS_GetOwnPropertyNames(ctx, &tab, &n, v, flags[k]);
            printf(" = %d, %d:", r, (int)n);
            if (r == 0) {
                for (j = 0; j < n && j < 100; j++) {
                    printf(" ");
                    show_atom(tab[j].atom);
                    if (flags[k] & JS_GPN_SET_ENUM)
                        printf("%d", tab[j].is_enumerable);
                }
                JS_FreePropertyEnum(ctx, tab, n);
            } else {
                printf(" %s", tab ? "pointer" : "NULL");
            }
            finish();
        }
    }
    JS_FreeValue(ctx, v);
}

static void writing(int i)
{
    const char *name = kinds[i].name;
    JSValue v, o = JS_NewObject(ctx);
    int k, before;

    if (kept(name)) {
        JS_FreeValue(ctx, o);
        return;
    }
    for (k = 0; k < COUNT(keys); k++) {
        JSAtom atom = JS_NewAtom(ctx, keys[k]);

        v = make(i);
        before = count_of(o);
        begin("JS_SetProperty(%s, %s)", name, keys[k]);
        {
            int r = JS_SetProperty(ctx, v, atom, JS_DupValue(ctx, o));
            printf(" = %d, held %d", r, count_of(o) - before);
        }
        finish();
        VAL(JS_GetProperty(ctx, v, atom), "JS_SetProperty(%s, %s), then", name, keys[k]);
        JS_FreeValue(ctx, v);
        v = make(i);
        INT(JS_SetProperty(ctx, v, atom, JS_NewInt32(ctx, 3)), "JS_SetProperty(%s, %s, 3)", name, keys[k]);
        VAL(JS_GetProperty(ctx, v, atom), "JS_SetProperty(%s, %s, 3), then", name, keys[k]);
        JS_FreeValue(ctx, v);
        v = make(i);
        INT(JS_DeleteProperty(ctx, v, atom, 0), "JS_DeleteProperty(%s, %s, 0)", name, keys[k]);
        INT(JS_DeleteProperty(ctx, v, atom, JS_PROP_THROW), "JS_DeleteProperty(%s, %s, throw)", name, keys[k]);
        INT(JS_DeleteProperty(ctx, v, atom, JS_PROP_THROW_STRICT), "JS_DeleteProperty(%s, %s, strict)", name, keys[k]);
        JS_FreeValue(ctx, v);
        JS_FreeAtom(ctx, atom);
    }
    v = make(i);
    INT(JS_SetPropertyStr(ctx, v, "s", JS_NewInt32(ctx, 1)), "JS_SetPropertyStr(%s)", name);
    INT(JS_SetPropertyUint32(ctx, v, 1, JS_NewInt32(ctx, 2)), "JS_SetPropertyUint32(%s, 1)", name);
    INT(JS_SetPropertyUint32(ctx, v, UINT32_MAX, JS_NewInt32(ctx, 2)), "JS_SetPropertyUint32(%s, 2^32-1)", name);
    INT(JS_SetPropertyInt64(ctx, v, 2, JS_NewInt32(ctx, 3)), "JS_SetPropertyInt64(%s, 2)", name);
    INT(JS_SetPropertyInt64(ctx, v, -2, JS_NewInt32(ctx, 3)), "JS_SetPropertyInt64(%s, -2)", name);
    INT(JS_SetPropertyInt64(ctx, v, (int64_t)1 << 40, JS_NewInt32(ctx, 3)), "JS_SetPropertyInt64(%s, 2^40)", name);
    JS_FreeValue(ctx, v);
    JS_FreeValue(ctx, o);
}

/* Each combination of flags on properties of each sort. */
static void defining(void)
{
    static const struct {
        const char *name, *source, *key;
    } targets[] = {
        { "absent", "({})", "a" },
        { "data cwe", "({ a: 1 })", "a" },
        { "data we", "Object.defineProperty({}, 'a', { value: 1, writable: true, enumerable: true })", "a" },
        { "data w", "Object.defineProperty({}, 'a', { value: 1, writable: true })", "a" },
        { "data fixed", "Object.defineProperty({}, 'a', { value: 1 })", "a" },
        { "data c", "Object.defineProperty({}, 'a', { value: 1, configurable: true })", "a" },
        { "accessor c", "({ get a() { log('getter'); return 1 }, set a(v) { log('setter') } })", "a" },
        { "accessor fixed", "Object.defineProperty({}, 'a', { get() { return 1 } })", "a" },
        { "non-extensible", "Object.preventExtensions({})", "a" },
        { "frozen", "Object.freeze({ a: 1 })", "a" },
        { "array element", "[1, 2]", "1" },
        { "array beyond", "[1, 2]", "7" },
        { "array length", "[1, 2]", "length" },
        { "frozen array", "Object.freeze([1, 2])", "1" },
        { "string index", "new String('abc')", "1" },
        { "string length", "new String('abc')", "length" },
        { "arguments", "(function (x) { return arguments })(1)", "0" },
        { "typed array", "new Uint8Array(2)", "1" },
        { "typed array beyond", "new Uint8Array(2)", "2" },
        { "typed array detached", "detachedView(new Uint8Array(2))", "0" },
        { "typed array odd key", "new Uint8Array(2)", "-0" },
        { "immutable typed array", "new Uint8Array(immutable(new ArrayBuffer(2)))", "0" },
        { "function name", "(function f() {})", "name" },
        { "function prototype", "(function f() {})", "prototype" },
        { "class prototype", "(class {})", "prototype" },
        { "built-in", "Math.max", "name" },
        { "proxy", "traced({ a: 1 })", "a" },
        { "proxy refusing", "answering({ a: 1 }, false)", "a" },
        { "proxy throwing", "throwing({})", "a" },
        { "revoked", "revoked({})", "a" },
        { "exotic yes", "makeExotic()", "yes" },
        { "exotic no", "makeExotic()", "no" },
        { "few yes", "makeFew()", "yes" },
        { "few no", "makeFew()", "no" },
        { "undefined", "undefined", "a" },
        { "number", "1", "a" },
        { "string", "'abc'", "a" },
        { "lexical", "globalThis", "a" },
        { "module-like null", "Object.create(null)", "a" },
        { "inherits setter", "Object.create({ set a(v) { log('setter') } })", "a" },
        { "inherits read-only", "Object.create(Object.freeze({ a: 1 }))", "a" },
    };
    static const int flags[] = {
        0, JS_PROP_C_W_E, JS_PROP_CONFIGURABLE, JS_PROP_WRITABLE, JS_PROP_ENUMERABLE, JS_PROP_THROW,
        JS_PROP_C_W_E | JS_PROP_THROW, JS_PROP_HAS_VALUE, JS_PROP_HAS_VALUE | JS_PROP_THROW,
        JS_PROP_HAS_VALUE | JS_PROP_HAS_WRITABLE, JS_PROP_HAS_VALUE | JS_PROP_HAS_WRITABLE | JS_PROP_WRITABLE,
        JS_PROP_HAS_CONFIGURABLE, JS_PROP_HAS_CONFIGURABLE | JS_PROP_CONFIGURABLE | JS_PROP_THROW,
        JS_PROP_HAS_ENUMERABLE | JS_PROP_ENUMERABLE, JS_PROP_HAS_ENUMERABLE | JS_PROP_THROW,
        JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_WRITABLE | JS_PROP_HAS_ENUMERABLE | JS_PROP_HAS_VALUE,
        JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_WRITABLE | JS_PROP_HAS_ENUMERABLE | JS_PROP_HAS_VALUE | JS_PROP_C_W_E,
        JS_PROP_HAS_GET, JS_PROP_HAS_SET, JS_PROP_HAS_GET | JS_PROP_HAS_SET | JS_PROP_HAS_CONFIGURABLE | JS_PROP_CONFIGURABLE,
        JS_PROP_HAS_GET | JS_PROP_HAS_SET | JS_PROP_GETSET | JS_PROP_THROW, JS_PROP_GETSET, JS_PROP_HAS_WRITABLE,
        JS_PROP_HAS_VALUE | JS_PROP_HAS_GET, JS_PROP_THROW_STRICT | JS_PROP_HAS_VALUE, JS_PROP_LENGTH,
        JS_PROP_NO_ADD | JS_PROP_HAS_VALUE | JS_PROP_THROW, JS_PROP_NO_EXOTIC | JS_PROP_C_W_E | JS_PROP_HAS_VALUE,
    };
    int t, k;

    for (t = 0; t < COUNT(targets); t++) {
        for (k = 0; k < COUNT(flags); k++) {
            JSAtom atom = JS_NewAtom(ctx, targets[t].key);
            JSValue v = eval(targets[t].source), o = JS_NewObject(ctx), g = eval("(function () { return 'got' })"), after;
            const char *name = targets[t].name;
            int counts[2] = { count_of(o), count_of(g) }, r;

            begin("JS_DefineProperty(%s, %x)", name, flags[k]);
            r = JS_DefineProperty(ctx, v, atom, o, g, g, flags[k]);
            printf(" = %d, held %d %d", r, count_of(o) - counts[0], count_of(g) - counts[1]);
            finish();
            if (JS_IsObject(v) && strcmp(name, "proxy throwing") && strcmp(name, "revoked")
                && strncmp(name, "proxy", 5) && strncmp(name, "exotic", 6) && strncmp(name, "few", 3)) {
                JSPropertyDescriptor d;

                begin("JS_DefineProperty(%s, %x), then", name, flags[k]);
                r = JS_GetOwnProperty(ctx, &d, v, atom);
                printf(" = %d", r);
                if (r > 0) {
                    printf(", flags %x ", d.flags);
                    show(ctx, d.value);
                    printf(" get ");
                    show(ctx, d.getter);
                    printf(" set ");
                    show(ctx, d.setter);
                    JS_FreeValue(ctx, d.value);
                    JS_FreeValue(ctx, d.getter);
                    JS_FreeValue(ctx, d.setter);
                }
                finish();
            }
            if (!strcmp(name, "lexical"))
                run("delete globalThis.a");
            JS_FreeValue(ctx, v);
            v = eval(targets[t].source);
            counts[0] = count_of(o);
            begin("JS_DefinePropertyValue(%s, %x)", name, flags[k]);
            r = JS_DefinePropertyValue(ctx, v, atom, JS_DupValue(ctx, o), flags[k]);
            printf(" = %d, held %d", r, count_of(o) - counts[0]);
            finish();
            if (!strcmp(name, "lexical"))
                run("delete globalThis.a");
            JS_FreeValue(ctx, v);
            v = eval(targets[t].source);
            counts[1] = count_of(g);
            begin("JS_DefinePropertyGetSet(%s, %x)", name, flags[k]);
            r = JS_DefinePropertyGetSet(ctx, v, atom, JS_DupValue(ctx, g), JS_DupValue(ctx, g), flags[k]);
            printf(" = %d, held %d", r, count_of(g) - counts[1]);
            finish();
            if (!strcmp(name, "lexical"))
                run("delete globalThis.a");
            JS_FreeValue(ctx, v);
            if (k < 8) {
                v = eval(targets[t].source);
                INT(JS_DefinePropertyGetSet(ctx, v, atom, JS_UNDEFINED, JS_DupValue(ctx, g), flags[k]),
                    "JS_DefinePropertyGetSet(%s, undefined, setter, %x)", name, flags[k]);
                JS_FreeValue(ctx, v);
                v = eval(targets[t].source);
                INT(JS_DefinePropertyValueStr(ctx, v, "str", JS_NewInt32(ctx, 1), flags[k]),
                    "JS_DefinePropertyValueStr(%s, %x)", name, flags[k]);
                INT(JS_DefinePropertyValueUint32(ctx, v, 3, JS_NewInt32(ctx, 1), flags[k]),
                    "JS_DefinePropertyValueUint32(%s, %x)", name, flags[k]);
                after = JS_GetPropertyStr(ctx, v, "str");
                JS_FreeValue(ctx, after);
                JS_FreeValue(ctx, JS_GetException(ctx));
                if (!strcmp(name, "lexical"))
                    run("delete globalThis.a; delete globalThis.str; delete globalThis[3]");
                JS_FreeValue(ctx, v);
            }
            JS_FreeValue(ctx, o);
            JS_FreeValue(ctx, g);
            JS_FreeAtom(ctx, atom);
        }
    }
}

/* JS_SetProperty where something stands in the way; what it returns and throws. */
static void setting(void)
{
    static const struct {
        const char *source, *key;
    } cases[] = {
        { "({ set a(v) { log('setter') } })", "a" },
        { "({ set a(v) { throw 'setter' } })", "a" },
        { "({ get a() { return 1 } })", "a" },
        { "Object.create({ set a(v) { log('setter') } })", "a" },
        { "Object.create({ get a() { return 1 } })", "a" },
        { "Object.create(Object.freeze({ a: 1 }))", "a" },
        { "Object.create(traced({}))", "a" },
        { "Object.create(makeExotic())", "yes" },
        { "Object.create(makeExotic())", "no" },
        { "Object.create(makeFew())", "fixed" },
        { "Object.create(new Uint8Array(2))", "1" },
        { "Object.create(new Uint8Array(2))", "5" },
        { "Object.create(new Uint8Array(2))", "-0" },
        { "Object.freeze({ a: 1 })", "a" },
        { "Object.preventExtensions({})", "a" },
        { "Object.preventExtensions([1])", "1" },
        { "Object.freeze([1])", "0" },
        { "Object.freeze([1])", "length" },
        { "Object.defineProperty([1], 'length', { writable: false })", "1" },
        { "Object.setPrototypeOf([1], { set 3(v) { log('setter') } })", "3" },
        { "new Proxy({}, { set() { log('set'); return false } })", "a" },
        { "new Proxy({}, { set() { log('set'); return 1 } })", "a" },
        { "new Proxy(Object.freeze({ a: 1 }), { set() { return true } })", "a" },
        { "new Proxy({}, { set: 1 })", "a" },
        { "new Proxy({}, { get set() { throw 'get set' } })", "a" },
        { "'str'", "a" },
        { "'str'", "0" },
        { "'str'", "length" },
        { "7", "a" },
        { "Symbol()", "a" },
        { "undefined", "a" },
        { "null", "a" },
        { "(function () { return arguments })(1)", "0" },
        { "new Uint8Array(2)", "1" },
        { "new Uint8Array(2)", "9" },
        { "new BigInt64Array(2)", "0" },
        { "new Uint8Array(immutable(new ArrayBuffer(2)))", "0" },
        { "detachedView(new Uint8Array(2))", "0" },
        { "(class { static #p = 1 })", "p" },
    };
    int i;

    for (i = 0; i < COUNT(cases); i++) {
        static const char *const values[] = { "3", "{ a: 1 }", "5n", "Symbol('v')", "({ valueOf() { log('valueOf'); throw 'v' } })" };
        int k;

        for (k = 0; k < COUNT(values); k++) {
            JSAtom atom = JS_NewAtom(ctx, cases[i].key);
            JSValue v = eval(cases[i].source), w = eval(values[k]);
            int r;

            INT(JS_SetProperty(ctx, v, atom, w), "JS_SetProperty(%s, %s, %s)", cases[i].source, cases[i].key, values[k]);
            INT(JS_HasProperty(ctx, v, atom), "JS_SetProperty(%s, %s, %s), has", cases[i].source, cases[i].key, values[k]);
            if (JS_IsObject(v)) {
                r = JS_GetOwnProperty(ctx, NULL, v, atom);
                INT(r, "JS_SetProperty(%s, %s, %s), own", cases[i].source, cases[i].key, values[k]);
            }
            JS_FreeValue(ctx, v);
            JS_FreeAtom(ctx, atom);
        }
    }
    /* symbols as keys, and keys that exist in two realms */
    {
        JSValue v = JS_NewObject(ctx), s = JS_NewSymbol(ctx, "k", false), w;
        JSAtom atom = JS_ValueToAtom(ctx, s);

        INT(JS_SetProperty(ctx, v, atom, JS_NewInt32(ctx, 1)), "JS_SetProperty(object, symbol)");
        VAL(JS_GetProperty(ctx, v, atom), "JS_GetProperty(object, symbol)");
        w = JS_GetProperty(other, v, atom);
        VAL(w, "JS_GetProperty(other realm, object, symbol)");
        JS_FreeAtom(ctx, atom);
        JS_FreeValue(ctx, v);
        JS_FreeValue(ctx, s);
    }
}

/* What exotic methods that throw do to each function. */
static void throwing_methods(void)
{
    static const char *const makers[] = { "makeExotic()", "makeFew()", "Object.create(makeExotic())" };
    int i;

    exotic_mode = 1;
    for (i = 0; i < COUNT(makers); i++) {
        JSAtom atom = JS_NewAtom(ctx, "yes");
        JSValue v = eval(makers[i]), o = JS_NewObject(ctx);
        JSPropertyEnum *tab;
        uint32_t n;
        int before = count_of(o), r;

        VAL(JS_GetProperty(ctx, v, atom), "JS_GetProperty(throwing %s)", makers[i]);
        INT(JS_HasProperty(ctx, v, atom), "JS_HasProperty(throwing %s)", makers[i]);
        INT(JS_GetOwnProperty(ctx, NULL, v, atom), "JS_GetOwnProperty(throwing %s)", makers[i]);
        begin("JS_SetProperty(throwing %s)", makers[i]);
        r = JS_SetProperty(ctx, v, atom, JS_DupValue(ctx, o));
        printf(" = %d, held %d", r, count_of(o) - before);
        finish();
        INT(JS_DeleteProperty(ctx, v, atom, 0), "JS_DeleteProperty(throwing %s)", makers[i]);
        INT(JS_DefinePropertyValue(ctx, v, atom, JS_NewInt32(ctx, 1), JS_PROP_C_W_E),
            "JS_DefinePropertyValue(throwing %s)", makers[i]);
        begin("JS_GetOwnPropertyNames(throwing %s)", makers[i]);
        tab = NULL;
        n = 77;
        r = JS_GetOwnPropertyNames(ctx, &tab, &n, v, JS_GPN_STRING_MASK);
        printf(" = %d", r);
        if (r == 0)
            JS_FreePropertyEnum(ctx, tab, n);
        finish();
        INT(JS_FreezeObject(ctx, v), "JS_FreezeObject(throwing %s)", makers[i]);
        JS_FreeValue(ctx, v);
        JS_FreeValue(ctx, o);
        JS_FreeAtom(ctx, atom);
    }
    exotic_mode = 0;
}

/* What scripts do to exotic objects: which methods are asked, with which flags. */
static void scripts_on_exotic(void)
{
    static const char *const scripts[] = {
        "o.yes", "o.no", "o.yes = 1", "o.no = 1", "o.fixed = 1", "'use strict'; o.yes = 1", "'use strict'; o.no = 1",
        "'use strict'; o.fixed = 1", "delete o.yes", "delete o.no", "'use strict'; delete o.no", "'yes' in o", "'no' in o",
        "Object.keys(o)", "Object.getOwnPropertyNames(o)", "Reflect.ownKeys(o)", "JSON.stringify(o)", "({ ...o })",
        "for (var k in o) log('key ' + k)", "Object.assign({}, o)", "Object.assign(o, { yes: 1 })", "Object.assign(o, { no: 1 })",
        "o.hasOwnProperty('yes')", "Object.hasOwn(o, 'no')", "Object.getOwnPropertyDescriptor(o, 'yes')",
        "Object.defineProperty(o, 'yes', { value: 1 })", "Object.defineProperty(o, 'no', { value: 1 })",
        "Reflect.defineProperty(o, 'no', { get() {} })", "Reflect.set(o, 'yes', 1)", "Reflect.set(o, 'no', 1)",
        "Reflect.get(o, 'yes')", "Reflect.set({}, 'yes', 1, o)", "Reflect.deleteProperty(o, 'no')", "Object.freeze(o)", "Object.isFrozen(o)",
        "Object.preventExtensions(o)", "Object.entries(o)", "o.yes++", "o.yes += 1", "o.no ?" "?= 2", "with (o) { yes }",
        "with (o) { yes = 2 }", "with (o) { typeof nope }", "({ __proto__: o }).yes", "({ __proto__: o }).no = 1",
        "'yes' in { __proto__: o }", "Object.create(o).yes = 1", "({ __proto__: o, yes: 3 }).yes", "o[0]", "o[0] = 1",
        "o[Symbol.iterator]", "String(o)", "o + 1", "Array.prototype.push.call(o, 1)", "Array.from(o)", "o.yes()", "o?.yes",
        "class A extends Object { constructor() { super(); return o } #x = 1 }; new A", "Object.prototype.propertyIsEnumerable.call(o, 'fixed')",
        "var { yes, ...rest } = o; rest", "Object.groupBy", "structuredClone", "new Proxy(o, {}).yes", "Object.is(o, o)",
        "Object.prototype.__lookupGetter__.call(o, 'yes')", "Object.prototype.__defineGetter__.call(o, 'yes', () => 1)",
        "Object.defineProperties(o, { yes: { value: 1 }, fixed: { value: 2 } })", "o.toString()",
    };
    static const char *const makers[] = { "makeExotic()", "makeFew()" };
    int i, k;

    for (k = 0; k < COUNT(makers); k++) {
        for (i = 0; i < COUNT(scripts); i++) {
            JSValue o = eval(makers[k]);

            set_global(ctx, "o", o);
            VAL(JS_Eval(ctx, scripts[i], strlen(scripts[i]), "s.js", 0), "JS_Eval(%s; %s)", makers[k], scripts[i]);
        }
    }
    run("delete globalThis.o");
}

int main(void)
{
    int i;

    start();
    for (i = 0; i < COUNT(kinds); i++)
        reading(i);
    for (i = 0; i < COUNT(kinds); i++)
        listing(i);
    for (i = 0; i < COUNT(kinds); i++)
        writing(i);
    defining();
    setting();
    throwing_methods();
    scripts_on_exotic();
    end();
    return 0;
}
