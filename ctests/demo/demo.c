/*
 * A C program that embeds JavaScript: evaluates, calls JavaScript from C and C from JavaScript, gives a class
 * of its own to scripts, catches an exception, stops an endless loop, and frees everything. It prints what it
 * does, and the counts of what it made and freed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

static JSClassID account_class;
static int accounts_made, accounts_freed, c_calls;

typedef struct Account {
    int64_t cents;
} Account;

static void account_finalizer(JSRuntime *rt, JSValueConst val)
{
    Account *account = JS_GetOpaque(val, account_class);

    if (account) {
        js_free_rt(rt, account);
        accounts_freed++;
    }
}

static JSValue account_new(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    JSValue proto, obj;
    Account *account;
    int64_t cents = 0;

    if (argc > 0 && JS_ToInt64(ctx, &cents, argv[0]))
        return JS_EXCEPTION;
    proto = JS_GetPropertyStr(ctx, new_target, "prototype");
    if (JS_IsException(proto))
        return proto;
    obj = JS_NewObjectProtoClass(ctx, proto, account_class);
    JS_FreeValue(ctx, proto);
    if (JS_IsException(obj))
        return obj;
    account = js_mallocz(ctx, sizeof(*account));
    if (!account) {
        JS_FreeValue(ctx, obj);
        return JS_EXCEPTION;
    }
    account->cents = cents;
    JS_SetOpaque(obj, account);
    accounts_made++;
    return obj;
}

static JSValue account_get_balance(JSContext *ctx, JSValueConst this_val)
{
    Account *account = JS_GetOpaque2(ctx, this_val, account_class);

    if (!account)
        return JS_EXCEPTION;
    return JS_NewFloat64(ctx, (double)account->cents / 100);
}

static JSValue account_pay(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    Account *account = JS_GetOpaque2(ctx, this_val, account_class);
    int64_t cents;

    (void)argc; /* length is 1, so argv[0] is there */
    c_calls++;
    if (!account || JS_ToInt64(ctx, &cents, argv[0]))
        return JS_EXCEPTION;
    if (cents > account->cents)
        return JS_ThrowRangeError(ctx, "%lld cents asked for, %lld there", (long long)cents,
                                  (long long)account->cents);
    account->cents -= cents;
    return JS_NewInt64(ctx, account->cents);
}

static const JSCFunctionListEntry account_functions[] = {
    JS_CFUNC_DEF("pay", 1, account_pay),
    JS_CGETSET_DEF("balance", account_get_balance, NULL),
};

static const JSClassDef account_def = { "Account", .finalizer = account_finalizer };

/* Calls back the function it is given, with each number below n. */
static JSValue repeat(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int32_t i, n;

    (void)this_val;
    (void)argc;
    if (JS_ToInt32(ctx, &n, argv[0]))
        return JS_EXCEPTION;
    for (i = 0; i < n; i++) {
        JSValue arg = JS_NewInt32(ctx, i);
        JSValue ret = JS_Call(ctx, argv[1], JS_UNDEFINED, 1, &arg);

        c_calls++;
        if (JS_IsException(ret))
            return ret;
        JS_FreeValue(ctx, ret);
    }
    return JS_UNDEFINED;
}

/* Evaluates a script and prints its completion value, or the exception it ended in. */
static void show(JSContext *ctx, const char *source)
{
    JSValue val = JS_Eval(ctx, source, strlen(source), "demo.js", JS_EVAL_TYPE_GLOBAL);
    const char *text;

    if (JS_IsException(val)) {
        val = JS_GetException(ctx);
        printf("threw      ");
    } else {
        printf("evaluated  ");
    }
    text = JS_ToCString(ctx, val);
    printf("%s\n        => %s\n", source, text ? text : "(no text)");
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, val);
}

static int stop_soon(JSRuntime *rt, void *opaque)
{
    (void)rt;
    return ++*(int *)opaque > 10;
}

int main(void)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = rt ? JS_NewContext(rt) : NULL;
    JSValue global, proto, ctor, f, sum, args[2];
    int32_t result = 0;
    int polls = 0;

    if (!ctx) {
        fprintf(stderr, "no runtime\n");
        return 1;
    }
    printf("libqjs %s\n", JS_GetVersion());

    global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "repeat", JS_NewCFunction(ctx, repeat, "repeat", 2));
    JS_NewClassID(rt, &account_class);
    JS_NewClass(rt, account_class, &account_def);
    proto = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, proto, account_functions, 2);
    ctor = JS_NewCFunction2(ctx, account_new, "Account", 1, JS_CFUNC_constructor, 0);
    JS_SetConstructor(ctx, ctor, proto);
    JS_SetClassProto(ctx, account_class, proto);
    JS_SetPropertyStr(ctx, global, "Account", ctor);

    show(ctx, "[1, 2, 3].map(x => x ** 2).join(' + ')");
    show(ctx, "`${'qjs'.padStart(6, '-')} ${/(?<y>\\d{4})/.exec('in 2026').groups.y} ${10n ** 20n}`");
    show(ctx, "JSON.stringify({ a: [1, { b: null }], c: 'd' })");

    /* C calls JavaScript */
    f = JS_Eval(ctx, "(a, b) => a * b", 15, "product.js", JS_EVAL_TYPE_GLOBAL);
    args[0] = JS_NewInt32(ctx, 6);
    args[1] = JS_NewInt32(ctx, 7);
    sum = JS_Call(ctx, f, JS_UNDEFINED, 2, args);
    JS_ToInt32(ctx, &result, sum);
    printf("called     product(6, 7) from C => %d\n", result);
    JS_FreeValue(ctx, sum);
    JS_FreeValue(ctx, f);

    /* JavaScript calls C, which calls back */
    show(ctx, "var seen = []; repeat(5, i => seen.push(i * i)); seen.join()");
    show(ctx, "var account = new Account(1000); account.pay(250); account.balance");
    show(ctx, "account.pay(10000)");
    show(ctx, "class Saver extends Account { pay(c) { return super.pay(c / 2) } }; new Saver(500).pay(100)");
    show(ctx, "function f( {");

    JS_SetInterruptHandler(rt, stop_soon, &polls);
    show(ctx, "for (;;) {}");
    JS_SetInterruptHandler(rt, NULL, NULL);
    show(ctx, "'and it goes on'");

    JS_FreeValue(ctx, global);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    printf("freed      %d of %d accounts; C was called %d times\n", accounts_freed, accounts_made, c_calls);
    return accounts_made == accounts_freed && result == 42 ? 0 : 1;
}
