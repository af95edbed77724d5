/* Preloaded, sets a process's clock ahead by the seconds in the file that CLOCK_OFFSET names. The
   monotonic clock does not change, as if the clock of the machine were set.
   The kernel timestamps packets by the machine's clock, so the timestamps that libpcap writes are
   changed as well: the header of a packet has 16 bytes, of which the first four are the seconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long offset(void)
{
    static const char *text;

    if (!text) {
        int file = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
        text = mmap(NULL, 16, PROT_READ, MAP_SHARED, file, 0);
    }
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int status = (int)syscall(SYS_clock_gettime, clock, time);

    if (status == 0 && clock == CLOCK_REALTIME)
        time->tv_sec += offset();
    return status;
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    static size_t (*real)(const void *, size_t, size_t, FILE *);
    uint32_t header[4];

    if (!real)
        real = (size_t(*)(const void *, size_t, size_t, FILE *))dlsym(RTLD_NEXT, "fwrite");
    if (size != sizeof header || count != 1)
        return real(data, size, count, file);
    memcpy(header, data, sizeof header);
    header[0] += (uint32_t)offset();
    return real(header, size, count, file);
}
