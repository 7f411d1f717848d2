/* peak COMMAND ARGUMENT...: runs it and prints the most memory that it had resident, in KB. (The system counts what the
   parent had when it forked: so the parent is this, and not a bigger program.) */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    pid_t child;
    int status;
    struct rusage usage;

    if (argc < 2)
        return 2;
    child = fork();
    if (child < 0)
        return 1;
    if (child == 0) {
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return 1;
    printf("%ld\n", usage.ru_maxrss);
    return 0;
}
