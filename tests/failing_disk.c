/* Preloaded: lets a call that writes to the database's files fail, or end the process, when its number comes.

   disk_arm(5, EIO, 0)     the fifth call from now on fails with EIO; disk_arm(5, EIO, 1) it and all that follow
   disk_arm(5, -1, 0)      the fifth call is the process's last
   disk_disarm()           how many calls there were; from now on the disk is well */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int armed, at, error, for_good, seen;

void disk_arm(int new_at, int new_error, int stays) { at = new_at; error = new_error; for_good = stays; seen = 0; armed = 1; }
int disk_disarm(void) { armed = 0; return seen; }

static int fails(int file)
{
    char link[64], name[4096];
    if (!armed) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    if (!strstr(name, "log.db")) return 0;
    seen++;
    if (seen < at || (seen > at && !for_good)) return 0;
    if (error < 0) kill(getpid(), SIGKILL);
    errno = error;
    return 1;
}

#define REAL(result, name, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { return fails(f) ? -1 : REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(f, b, n, o); }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) { return fails(f) ? -1 : REAL(ssize_t, pwrite, int, const void *, size_t, off_t)(f, b, n, o); }
int fdatasync(int f) { return fails(f) ? -1 : REAL(int, fdatasync, int)(f); }
int fsync(int f) { return fails(f) ? -1 : REAL(int, fsync, int)(f); }
int ftruncate64(int f, off64_t n) { return fails(f) ? -1 : REAL(int, ftruncate64, int, off64_t)(f, n); }
int ftruncate(int f, off_t n) { return fails(f) ? -1 : REAL(int, ftruncate, int, off_t)(f, n); }
