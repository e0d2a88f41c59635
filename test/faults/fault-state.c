#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "fault.h"

#define MAX_PROCESSES 64

struct holder {
  int64_t pid;
  uint64_t sessions;
};

/* The file faults.state, mapped by every process on the token. Counters change atomically: a process can be killed at any moment. */
struct state {
  uint8_t key[16];
  uint64_t plan;
  uint64_t counts[CALLS];
  uint64_t gone;
  uint64_t unplugs;
  uint64_t unplugged_rv;
  struct holder holders[MAX_PROCESSES];
};

static struct state *state;
static int state_file = -1;
static int log_file = -1;
static struct holder *own;

static void give_up(const char *what) {
  fprintf(stderr, "fault module: %s: %s\n", what, strerror(errno));
  abort();
}

void state_path(const char *name, char *path, unsigned long size) {
  const char *folder = getenv("FAULT_DIR");
  const char *config = getenv("SOFTHSM2_CONF");
  const char *end = config == NULL ? NULL : strrchr(config, '/');
  if (folder != NULL)
    snprintf(path, size, "%s/%s", folder, name);
  else if (end != NULL)
    snprintf(path, size, "%.*s/%s", (int)(end - config), config, name);
  else
    snprintf(path, size, "./%s", name);
}

void open_state(void) {
  char path[4096];
  if (state != NULL) return;
  state_path("faults.state", path, sizeof path);
  state_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (state_file < 0 || flock(state_file, LOCK_EX) != 0) give_up(path);
  int is_new = lseek(state_file, 0, SEEK_END) < (off_t)sizeof *state;
  if (is_new && ftruncate(state_file, sizeof *state) != 0) give_up(path);
  state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, state_file, 0);
  if (state == MAP_FAILED) give_up(path);
  if (is_new && getrandom(state->key, sizeof state->key, 0) != (ssize_t)sizeof state->key) give_up("getrandom");
  flock(state_file, LOCK_UN);
  state_path("faults.log", path, sizeof path);
  log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_file < 0) give_up(path);
}

void begin_plan(uint64_t plan) {
  flock(state_file, LOCK_EX);
  if (state->plan != plan) {
    memset(state->counts, 0, sizeof state->counts);
    state->gone = 0;
    state->plan = plan;
  }
  flock(state_file, LOCK_UN);
}

uint64_t count_call(enum call call) { return __atomic_add_fetch(&state->counts[call], 1, __ATOMIC_SEQ_CST); }

CK_RV device_gone(void) { return (CK_RV)__atomic_load_n(&state->gone, __ATOMIC_SEQ_CST); }

void set_device_gone(CK_RV rv) { __atomic_store_n(&state->gone, rv, __ATOMIC_SEQ_CST); }

uint64_t unplugs(CK_RV *rv) {
  *rv = (CK_RV)__atomic_load_n(&state->unplugged_rv, __ATOMIC_SEQ_CST);
  return __atomic_load_n(&state->unplugs, __ATOMIC_SEQ_CST);
}

void add_unplug(CK_RV rv) {
  __atomic_store_n(&state->unplugged_rv, rv, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&state->unplugs, 1, __ATOMIC_SEQ_CST);
}

static int is_alive(int64_t pid) { return pid != 0 && (kill((pid_t)pid, 0) == 0 || errno != ESRCH); }

/* A place in the table; those of dead processes are free, as a device drops the sessions of a host that is gone. */
static struct holder *own_place(void) {
  if (own != NULL) return own;
  flock(state_file, LOCK_EX);
  for (int i = 0; own == NULL && i < MAX_PROCESSES; i++) {
    if (is_alive(state->holders[i].pid)) continue;
    own = &state->holders[i];
    own->pid = getpid();
    own->sessions = 0;
  }
  flock(state_file, LOCK_UN);
  if (own == NULL) give_up("too many processes");
  return own;
}

unsigned long open_sessions(void) {
  unsigned long sum = 0;
  for (int i = 0; i < MAX_PROCESSES; i++)
    if (is_alive(state->holders[i].pid)) sum += state->holders[i].sessions;
  return sum;
}

void add_session(void) { own_place()->sessions++; }

void remove_session(void) {
  if (own_place()->sessions > 0) own_place()->sessions--;
}

void remove_all_sessions(void) { own_place()->sessions = 0; }

#define ROTATE(value, bits) (((value) << (bits)) | ((value) >> (64 - (bits))))

static void sip_round(uint64_t v[4]) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = ROTATE(v[1], 13) ^ v[0];
  v[3] = ROTATE(v[3], 16) ^ v[2];
  v[0] = ROTATE(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = ROTATE(v[1], 17) ^ v[2];
  v[3] = ROTATE(v[3], 21) ^ v[0];
  v[2] = ROTATE(v[2], 32);
}

/* SipHash-2-4. */
uint64_t digest_pin(const unsigned char *pin, unsigned long length) {
  uint64_t key[2], word;
  memcpy(key, state->key, sizeof key);
  uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
  for (unsigned long at = 0; at <= length; at += 8) {
    unsigned long count = length - at < 8 ? length - at : 8;
    word = 0;
    memcpy(&word, pin + at, count);
    if (count < 8) word |= (uint64_t)(length & 0xff) << 56;
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 4; i++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void log_call(enum call call, CK_SESSION_HANDLE session, const char *result, const char *detail) {
  char line[256];
  int length = snprintf(line, sizeof line, "%d %s %lu %s%s%s\n", (int)getpid(), call_name(call), session, result, *detail ? " " : "", detail);
  if (write(log_file, line, (size_t)length) != length) give_up("faults.log");
}
