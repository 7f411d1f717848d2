/* Runs bytecode that is linked in as data, from qjsc's C or its object file. */
#include "quickjs-libc.h"

extern const uint32_t program_size;
extern const uint8_t program[];

int main(int argc, char **argv)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx;

    js_std_init_handlers(rt);
    ctx = JS_NewContext(rt);
    js_std_add_helpers(ctx, argc, argv);
    js_std_eval_binary(ctx, program, program_size, 0);
    js_std_loop(ctx);
    js_std_free_handlers(rt);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return 0;
}
