/* What JS_FreeRuntime says of leaks, and that JS_ABORT_ON_LEAKS ends the process. Children do the leaking, and
   end without freeing, which is what valgrind would complain of: under it the test is skipped. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { NOTHING, OBJECT, STRING, ATOM, CYCLE };

static void leak(int what, uint64_t flags)
{
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    JSValue v;

    JS_SetDumpFlags(rt, flags);
    CHECK(JS_GetDumpFlags(rt) == flags);
    if (what == OBJECT)
        v = eval(ctx, "({ leaked: [1, 2, 3] })");
    else if (what == STRING)
        v = eval(ctx, "['a leaked', 'string'].join(' ')");
    else if (what == CYCLE)
        v = eval(ctx, "var o = {}; o.o = o; o.p = { o }; 0");
    else
        v = JS_UNDEFINED;
    if (what == ATOM)
        JS_NewAtom(ctx, "a leaked atom");
    (void)v;
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    fflush(stdout);
}

/* Runs `leak` in a child; returns its wait status, and what it wrote to stdout and stderr. */
static int child(int what, uint64_t flags, char *text, size_t size)
{
    int fds[2], status = 0;
    size_t n = 0;
    ssize_t got;
    pid_t pid;

    CHECK_INT(pipe(fds), 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        close(fds[0]);
        leak(what, flags);
        _exit(0);
    }
    close(fds[1]);
    while ((got = read(fds[0], text + n, size - 1 - n)) > 0)
        n += got;
    text[n] = 0;
    close(fds[0]);
    waitpid(pid, &status, 0);
    return status;
}

static bool ended(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool aborted(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

int main(void)
{
    static char text[100000];
    uint64_t dump = JS_DUMP_LEAKS | JS_DUMP_ATOM_LEAKS;
    const char *preloaded = getenv("LD_PRELOAD");

    if (preloaded && strstr(preloaded, "vgpreload"))
        return 77;

    CHECK(ended(child(NOTHING, dump, text, sizeof(text))));
    CHECK_STR(text, "");
    CHECK(ended(child(CYCLE, dump, text, sizeof(text))));
    CHECK_STR(text, "");
    CHECK(ended(child(NOTHING, JS_ABORT_ON_LEAKS, text, sizeof(text))));
    CHECK(ended(child(CYCLE, JS_ABORT_ON_LEAKS, text, sizeof(text))));

    child(OBJECT, dump, text, sizeof(text));
    CHECK(strlen(text) > 0);
    printf("object:\n%s", text);
    child(STRING, dump, text, sizeof(text));
    CHECK(strstr(text, "a leaked string"));
    printf("string:\n%s", text);
    child(ATOM, dump, text, sizeof(text));
    CHECK(strstr(text, "a leaked atom"));
    printf("atom:\n%s", text);

    CHECK(aborted(child(OBJECT, JS_ABORT_ON_LEAKS, text, sizeof(text))));
    CHECK(aborted(child(STRING, JS_ABORT_ON_LEAKS, text, sizeof(text))));
    CHECK(aborted(child(ATOM, JS_ABORT_ON_LEAKS, text, sizeof(text))));
    return 0;
}
