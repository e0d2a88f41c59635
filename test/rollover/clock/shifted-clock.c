/*
 * A clock that stands still until it is told to move, for programs that are started with this library in LD_PRELOAD.
 *
 * CLOCK_FILE names a file of eight octets: unix seconds, a signed integer in the byte order of the machine. The file is mapped, not
 * read: whoever writes it moves the time of every running program that maps it, of their children too. The time of day is exactly
 * what the file says, with no fraction, so that what a program writes down can be compared to the second.
 * Clocks that count from the start of the machine are left alone: timeouts and timers of a program run as they would without.
 *
 * Other clocks are asked by system call: dlsym allocates memory, and an allocator that asks for the time while it starts would wait for itself.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *told;

/* A program that would run at the real time instead is ended: what it says would look like a result. */
__attribute__((constructor)) static void map_clock(void)
{
	const char *path = getenv("CLOCK_FILE");
	int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
	if (page == MAP_FAILED) {
		fprintf(stderr, "shifted clock: CLOCK_FILE %s cannot be mapped\n", path == NULL ? "is not set and" : path);
		_exit(120);
	}
	close(file);
	told = page;
}

static int kernel_clock(clockid_t clock, struct timespec *now)
{
	return (int)syscall(SYS_clock_gettime, clock, now);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (told == NULL || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
		return kernel_clock(clock, now);
	now->tv_sec = (time_t)*told;
	now->tv_nsec = 0;
	return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;
	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &precise) != 0)
		return -1;
	now->tv_sec = precise.tv_sec;
	now->tv_usec = precise.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *now)
{
	struct timespec precise;
	clock_gettime(CLOCK_REALTIME, &precise);
	if (now != NULL)
		*now = precise.tv_sec;
	return precise.tv_sec;
}

/*
 * A wait until a time of day: the kernel would compare it to its own clock. The distance from the shifted now is waited instead;
 * a move of the clock does not end a wait that has begun.
 * A condition variable made for the monotonic clock gets deadlines that lie far before any shifted time: those are passed on.
 */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
	struct timespec deadline;
	kernel_clock(CLOCK_MONOTONIC, &deadline);
	if (told == NULL || until->tv_sec < *told / 2)
		return pthread_cond_clockwait(condition, mutex, told == NULL ? CLOCK_REALTIME : CLOCK_MONOTONIC, until);
	int64_t left = (int64_t)until->tv_sec - *told;
	if (left >= 0) {
		deadline.tv_sec += (time_t)left;
		deadline.tv_nsec += until->tv_nsec;
	}
	if (deadline.tv_nsec >= 1000000000L) {
		deadline.tv_nsec -= 1000000000L;
		deadline.tv_sec++;
	}
	return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &deadline);
}
