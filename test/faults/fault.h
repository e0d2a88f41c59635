/*
 * A PKCS#11 module that stands between a program and a real module, and fails as a plan says.
 *
 *   fault-module.c  the functions of PKCS#11: each asks the plan, forwards the call or not, and is logged
 *   fault-plan.c    the plan: which call fails, and how
 *   fault-state.c   what outlives a process: counters of calls, the device's condition; and the log of calls
 *
 * Everything is in one folder, $FAULT_DIR, or else the folder of the file that $SOFTHSM2_CONF names, so that each token has its own:
 *   faults.plan   read anew when it is replaced (rename), which also sets the counters back to zero
 *   faults.state  shared by all processes on the token
 *   faults.log    one line a call: pid function session result [detail]
 *
 * A line of the plan is a property of the token, or FUNCTION WHICH ACTION [ARGUMENT]; the first line that fits a call decides.
 *   FUNCTION   C_Sign, C_Login, ... or * for all
 *   WHICH      *  all    N  the N-th call    N-M  N+  a range    %N  every N-th    ~P:SEED  P of a thousand, the same ones for the same seed
 *   ACTION     return RV    do nothing, return RV              after RV     do it, and return RV all the same
 *              delay MS     then do it                         hang         never return
 *              segv  abort  exit                               the process ends
 *              unplug RV    return RV; until C_GetSlotList or C_Initialize all calls with a session return RV, and the sessions are lost
 *              gone RV      this and all later calls return RV, in every process
 *              corrupt N    flip a bit in octet N of the signature
 *              short        one octet less                     zero         zeros instead of a signature (or of random octets)
 *              swap         s | r instead of r | s             previous     the signature over the message before
 *              nothing      C_FindObjects finds nothing, and says CKR_OK
 * Properties:
 *   module PATH      the real module             hide MECHANISM   neither listed nor allowed
 *   sessions N       C_OpenSession: CKR_SESSION_COUNT beyond N in all processes together
 *   flags BITS       added to the token's flags  serial TEXT      the token's serial number
 *   raw-point        CKA_EC_POINT without its OCTET STRING          no-public        public key objects are not found
 *
 * One thread a process, as in coldsign; the functions hold no lock.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdint.h>

#include <pkcs11.h>

/* Every function of PKCS#11 has a number, from the list that the standard's header is. */
enum call {
#define CK_PKCS11_FUNCTION_INFO(name) CALL_##name,
#include <pkcs11f.h>
#undef CK_PKCS11_FUNCTION_INFO
  CALLS
};

enum action {
  ACTION_NONE,
  ACTION_RETURN,
  ACTION_AFTER,
  ACTION_DELAY,
  ACTION_HANG,
  ACTION_SEGV,
  ACTION_ABORT,
  ACTION_EXIT,
  ACTION_UNPLUG,
  ACTION_GONE,
  ACTION_CORRUPT,
  ACTION_SHORT,
  ACTION_ZERO,
  ACTION_SWAP,
  ACTION_PREVIOUS,
  ACTION_NOTHING,
  ACTIONS
};

/* Where no session belongs to a call. */
#define NO_SESSION 0UL

/* plan */
struct properties {
  char module[512];
  char serial[17];
  CK_MECHANISM_TYPE hidden[16];
  int hidden_count;
  CK_FLAGS flags;
  unsigned long sessions;
  int raw_point;
  int no_public;
};
extern struct properties properties;

/* Reads the plan if it was replaced since. */
void refresh_plan(void);
/* What the plan has for the N-th call of this function. */
enum action planned(enum call call, uint64_t number, unsigned long *argument);
int is_hidden(CK_MECHANISM_TYPE type);
const char *call_name(enum call call);
const char *action_name(enum action action);

/* state */
void open_state(void);
/* Path of NAME in the folder of the token. */
void state_path(const char *name, char *path, unsigned long size);
/* Sets the counters to zero unless another process has done so for this plan. */
void begin_plan(uint64_t plan);
/* Counts a call; @return its number, the first is 1. */
uint64_t count_call(enum call call);
CK_RV device_gone(void);
void set_device_gone(CK_RV rv);
/* How often the device was pulled, and what sessions that were open then answer. */
uint64_t unplugs(CK_RV *rv);
void add_unplug(CK_RV rv);
/* Sessions of all living processes. */
unsigned long open_sessions(void);
void add_session(void);
void remove_session(void);
void remove_all_sessions(void);
/* A keyed digest: equal PINs can be told, the PIN cannot. */
uint64_t digest_pin(const unsigned char *pin, unsigned long length);
void log_call(enum call call, CK_SESSION_HANDLE session, const char *result, const char *detail);

#endif
