/* Shows a process another time of day than the machine's: later by the seconds that stand in the file
   named by SHOWN. The clock that is never set stays as it is, as where a real clock is set.
   The kernel stamps packets by the machine's clock, so that libpcap is made to write them as well:
   every head of a packet in a capture file has 16 bytes, of which the first four are the seconds. */
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

static long later(void)
{
    static const char *text;

    if (!text) {
        int file = open(getenv("SHOWN"), O_RDONLY | O_CLOEXEC);
        text = mmap(NULL, 16, PROT_READ, MAP_SHARED, file, 0);
    }
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *found)
{
    int status = (int)syscall(SYS_clock_gettime, clock, found);

    if (status == 0 && clock == CLOCK_REALTIME)
        found->tv_sec += later();
    return status;
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    static size_t (*real)(const void *, size_t, size_t, FILE *);
    uint32_t head[4];

    if (!real)
        real = (size_t(*)(const void *, size_t, size_t, FILE *))dlsym(RTLD_NEXT, "fwrite");
    if (size != sizeof head || count != 1)
        return real(data, size, count, file);
    memcpy(head, data, sizeof head);
    head[0] += (uint32_t)later();
    return real(head, size, count, file);
}
