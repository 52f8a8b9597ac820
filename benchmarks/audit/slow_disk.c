/* Preloaded: every flush takes so many microseconds more, as on a disk that is not as quick. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_a_little(void)
{
    long more = atol(getenv("FLUSH_TAKES_MORE"));
    struct timespec time = {more / 1000000, more % 1000000 * 1000};
    nanosleep(&time, NULL);
}

#define REAL(name) ((int (*)(int))dlsym(RTLD_NEXT, #name))
int fdatasync(int file) { wait_a_little(); return REAL(fdatasync)(file); }
int fsync(int file) { wait_a_little(); return REAL(fsync)(file); }
