/* Two threads use one runtime at the same time, which nobody may do: ThreadSanitizer must say so. (The engine's own
   memory is written by both: that its code is instrumented is what this shows.) */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "quickjs.h"

static JSRuntime *rt;
static pthread_barrier_t start;

static void *user(void *arg)
{
    pthread_barrier_wait(&start);
    /* writes a field of the runtime, and nothing that could crash */
    for (int i = 0; i < 1000; i++)
        JS_SetGCThreshold(rt, 1000000 + i);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    rt = JS_NewRuntime();
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, user, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    JS_FreeRuntime(rt);
    return 0;
}
