#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fault.h"

enum which { WHICH_RANGE, WHICH_EVERY, WHICH_CHANCE };

struct rule {
  int call; /* CALLS stands for all */
  enum which which;
  uint64_t from, to; /* range; every: `from` is the distance; chance: `from` of a thousand, `to` is the seed */
  enum action action;
  unsigned long argument;
};

#define MAX_RULES 64
static struct rule rules[MAX_RULES];
static int rule_count;
static uint64_t plan_read;
struct properties properties;

static const char *const CALL_NAMES[] = {
#define CK_PKCS11_FUNCTION_INFO(name) #name,
#include <pkcs11f.h>
#undef CK_PKCS11_FUNCTION_INFO
    "*"};

static const char *const ACTION_NAMES[] = {"none",   "return", "after", "delay", "hang",  "segv", "abort",    "exit",
                                           "unplug", "gone",   "corrupt", "short", "zero", "swap", "previous", "nothing"};

const char *call_name(enum call call) { return CALL_NAMES[call]; }

const char *action_name(enum action action) { return ACTION_NAMES[action]; }

/* A plan that is not understood would be a test that tests nothing. */
static void refuse(const char *line) {
  fprintf(stderr, "fault module: cannot read this line of the plan: %s\n", line);
  abort();
}

static int find_name(const char *const *names, int count, const char *name, const char *line) {
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return i;
  refuse(line);
  return 0;
}

static void read_which(struct rule *rule, const char *text, const char *line) {
  char *rest = "";
  rule->which = WHICH_RANGE;
  rule->from = 1;
  rule->to = UINT64_MAX;
  if (strcmp(text, "*") == 0) return;
  if (*text == '%') {
    rule->which = WHICH_EVERY;
    rule->from = strtoull(text + 1, &rest, 10);
    if (rule->from == 0) refuse(line);
  } else if (*text == '~') {
    rule->which = WHICH_CHANCE;
    rule->from = strtoull(text + 1, &rest, 10);
    rule->to = *rest == ':' ? strtoull(rest + 1, &rest, 10) : 0;
  } else {
    rule->from = strtoull(text, &rest, 10);
    if (*rest == '+')
      rest++;
    else
      rule->to = *rest == '-' ? strtoull(rest + 1, &rest, 10) : rule->from;
    if (rule->from == 0) refuse(line);
  }
  if (*rest != '\0') refuse(line);
}

static void read_line(const char *line) {
  char first[64] = "", second[512] = "", third[32] = "", fourth[32] = "";
  int words = sscanf(line, "%63s %511s %31s %31s", first, second, third, fourth);
  if (words < 1 || first[0] == '#') return;
  if (strcmp(first, "module") == 0) {
    snprintf(properties.module, sizeof properties.module, "%s", second);
  } else if (strcmp(first, "serial") == 0) {
    snprintf(properties.serial, sizeof properties.serial, "%-16.16s", second);
  } else if (strcmp(first, "hide") == 0) {
    if (properties.hidden_count == 16) refuse(line);
    properties.hidden[properties.hidden_count++] = strtoul(second, NULL, 0);
  } else if (strcmp(first, "sessions") == 0) {
    properties.sessions = strtoul(second, NULL, 0);
  } else if (strcmp(first, "flags") == 0) {
    properties.flags = strtoul(second, NULL, 0);
  } else if (strcmp(first, "raw-point") == 0) {
    properties.raw_point = 1;
  } else if (strcmp(first, "no-public") == 0) {
    properties.no_public = 1;
  } else {
    if (words < 3 || rule_count == MAX_RULES) refuse(line);
    struct rule *rule = &rules[rule_count++];
    rule->call = find_name(CALL_NAMES, CALLS + 1, first, line);
    read_which(rule, second, line);
    rule->action = (enum action)find_name(ACTION_NAMES, ACTIONS, third, line);
    rule->argument = strtoul(fourth, NULL, 0);
  }
}

void refresh_plan(void) {
  char path[4096], line[1024];
  struct stat found;
  state_path("faults.plan", path, sizeof path);
  if (stat(path, &found) != 0) {
    rule_count = 0;
    memset(&properties, 0, sizeof properties);
    plan_read = 0;
    return;
  }
  uint64_t plan = ((uint64_t)found.st_ino << 32) ^ ((uint64_t)found.st_mtim.tv_sec << 20) ^ (uint64_t)found.st_mtim.tv_nsec;
  if (plan == plan_read) return;
  FILE *file = fopen(path, "re");
  if (file == NULL) return;
  rule_count = 0;
  memset(&properties, 0, sizeof properties);
  while (fgets(line, sizeof line, file) != NULL) read_line(line);
  fclose(file);
  plan_read = plan;
  begin_plan(plan);
}

/* splitmix64: the same number of the same call with the same seed has the same fate. */
static uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

static int fits(const struct rule *rule, enum call call, uint64_t number) {
  if (rule->call != CALLS && rule->call != (int)call) return 0;
  switch (rule->which) {
    case WHICH_RANGE:
      return number >= rule->from && number <= rule->to;
    case WHICH_EVERY:
      return number % rule->from == 0;
    case WHICH_CHANCE:
      return mix(mix(rule->to ^ ((uint64_t)call << 32)) ^ number) % 1000 < rule->from;
  }
  return 0;
}

enum action planned(enum call call, uint64_t number, unsigned long *argument) {
  for (int i = 0; i < rule_count; i++) {
    if (!fits(&rules[i], call, number)) continue;
    *argument = rules[i].argument;
    return rules[i].action;
  }
  return ACTION_NONE;
}

int is_hidden(CK_MECHANISM_TYPE type) {
  for (int i = 0; i < properties.hidden_count; i++)
    if (properties.hidden[i] == type) return 1;
  return 0;
}
