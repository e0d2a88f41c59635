#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

#ifndef REAL_MODULE
#define REAL_MODULE "libsofthsm2.so"
#endif

/* What becomes of a call. */
struct verdict {
  enum call call;
  CK_SESSION_HANDLE session;
  int is_final; /* not forwarded: `rv` is the answer */
  CK_RV rv;
  enum action action;
  unsigned long argument;
};

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST functions;
/* Up to which pulling of the device this process has looked for its slots. */
static uint64_t unplugs_seen;
static CK_SLOT_ID used_slot;
static CK_BYTE previous_signature[1024];
static CK_ULONG previous_length;

static CK_RV log_rv(enum call call, CK_SESSION_HANDLE session, CK_RV rv, const char *detail) {
  char text[24];
  snprintf(text, sizeof text, "0x%lx", rv);
  log_call(call, session, text, detail);
  return rv;
}

static void sleep_milliseconds(unsigned long milliseconds) {
  struct timespec time = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000L};
  nanosleep(&time, NULL);
}

/* The process ends here, or never goes on. The log is written first: it is the last that is heard of this call. */
static void end_process(const struct verdict *verdict, const char *detail) {
  const struct rlimit none = {0, 0};
  log_call(verdict->call, verdict->session, action_name(verdict->action), detail);
  setrlimit(RLIMIT_CORE, &none);
  switch (verdict->action) {
    case ACTION_HANG:
      for (;;) pause();
    case ACTION_SEGV:
      *(volatile int *)NULL = 1;
      break;
    case ACTION_ABORT:
      abort();
    default:
      _exit(97);
  }
}

static struct verdict answer(struct verdict verdict, CK_RV rv) {
  verdict.is_final = 1;
  verdict.rv = rv;
  return verdict;
}

static struct verdict judge(enum call call, CK_SESSION_HANDLE session, const char *detail) {
  struct verdict verdict = {.call = call, .session = session};
  refresh_plan();
  uint64_t number = count_call(call);
  CK_RV unplugged;
  if (device_gone() != CKR_OK) return answer(verdict, device_gone());
  if (session != NO_SESSION && unplugs(&unplugged) != unplugs_seen) return answer(verdict, unplugged);
  verdict.action = planned(call, number, &verdict.argument);
  switch (verdict.action) {
    case ACTION_RETURN:
      return answer(verdict, verdict.argument);
    case ACTION_GONE:
      set_device_gone(verdict.argument);
      return answer(verdict, verdict.argument);
    case ACTION_UNPLUG:
      add_unplug(verdict.argument);
      return answer(verdict, verdict.argument);
    case ACTION_DELAY:
      sleep_milliseconds(verdict.argument);
      break;
    case ACTION_HANG:
    case ACTION_SEGV:
    case ACTION_ABORT:
    case ACTION_EXIT:
      end_process(&verdict, detail);
      break;
    default:
      break;
  }
  return verdict;
}

static CK_RV finish(const struct verdict *verdict, CK_RV rv) { return verdict->action == ACTION_AFTER ? verdict->argument : rv; }

/* A function that is forwarded as it is when the plan has nothing else for it. */
#define FORWARD(name, session, parameters, arguments)                                  \
  static CK_RV faulty_##name parameters {                                              \
    struct verdict verdict = judge(CALL_##name, session, "");                          \
    CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->name arguments); \
    return log_rv(CALL_##name, session, rv, "");                                       \
  }

FORWARD(C_Finalize, NO_SESSION, (CK_VOID_PTR reserved), (reserved))
FORWARD(C_GetInfo, NO_SESSION, (CK_INFO_PTR info), (info))
FORWARD(C_GetSlotInfo, NO_SESSION, (CK_SLOT_ID slot, CK_SLOT_INFO_PTR info), (slot, info))
FORWARD(C_InitToken, NO_SESSION, (CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG length, CK_UTF8CHAR_PTR label), (slot, pin, length, label))
FORWARD(C_InitPIN, s, (CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR pin, CK_ULONG length), (s, pin, length))
FORWARD(C_SetPIN, s, (CK_SESSION_HANDLE s, CK_UTF8CHAR_PTR old, CK_ULONG old_length, CK_UTF8CHAR_PTR pin, CK_ULONG length),
        (s, old, old_length, pin, length))
FORWARD(C_GetSessionInfo, s, (CK_SESSION_HANDLE s, CK_SESSION_INFO_PTR info), (s, info))
FORWARD(C_Logout, s, (CK_SESSION_HANDLE s), (s))
FORWARD(C_CreateObject, s, (CK_SESSION_HANDLE s, CK_ATTRIBUTE_PTR t, CK_ULONG n, CK_OBJECT_HANDLE_PTR object), (s, t, n, object))
FORWARD(C_CopyObject, s, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_PTR t, CK_ULONG n, CK_OBJECT_HANDLE_PTR copy),
        (s, o, t, n, copy))
FORWARD(C_DestroyObject, s, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o), (s, o))
FORWARD(C_SetAttributeValue, s, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_PTR t, CK_ULONG n), (s, o, t, n))
FORWARD(C_FindObjectsFinal, s, (CK_SESSION_HANDLE s), (s))
FORWARD(C_WrapKey, s,
        (CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE with, CK_OBJECT_HANDLE key, CK_BYTE_PTR out, CK_ULONG_PTR length),
        (s, m, with, key, out, length))
FORWARD(C_UnwrapKey, s,
        (CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE with, CK_BYTE_PTR in, CK_ULONG length, CK_ATTRIBUTE_PTR t, CK_ULONG n,
         CK_OBJECT_HANDLE_PTR key),
        (s, m, with, in, length, t, n, key))
FORWARD(C_VerifyInit, s, (CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE key), (s, m, key))
FORWARD(C_Verify, s, (CK_SESSION_HANDLE s, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature, CK_ULONG octets),
        (s, data, length, signature, octets))

/* The device is there again: what was open before is not. */
static void look_for_device(void) {
  CK_RV rv;
  uint64_t now = unplugs(&rv);
  if (now == unplugs_seen) return;
  unplugs_seen = now;
  if (used_slot != 0) real->C_CloseAllSessions(used_slot);
  remove_all_sessions();
}

static CK_RV faulty_C_Initialize(CK_VOID_PTR arguments) {
  struct verdict verdict = judge(CALL_C_Initialize, NO_SESSION, "");
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_Initialize(arguments));
  CK_RV ignored;
  if (rv == CKR_OK) unplugs_seen = unplugs(&ignored);
  return log_rv(CALL_C_Initialize, NO_SESSION, rv, "");
}

static CK_RV faulty_C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  struct verdict verdict = judge(CALL_C_GetSlotList, NO_SESSION, "");
  if (!verdict.is_final) look_for_device();
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_GetSlotList(present, slots, count));
  return log_rv(CALL_C_GetSlotList, NO_SESSION, rv, "");
}

static CK_RV faulty_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  struct verdict verdict = judge(CALL_C_GetTokenInfo, NO_SESSION, "");
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_GetTokenInfo(slot, info));
  if (rv == CKR_OK && (info->flags & CKF_TOKEN_INITIALIZED) != 0) {
    info->flags |= properties.flags;
    if (properties.serial[0] != '\0') memcpy(info->serialNumber, properties.serial, sizeof info->serialNumber);
  }
  return log_rv(CALL_C_GetTokenInfo, NO_SESSION, rv, "");
}

static CK_RV faulty_C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count) {
  struct verdict verdict = judge(CALL_C_GetMechanismList, NO_SESSION, "");
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_GetMechanismList(slot, list, count));
  if (rv == CKR_OK && list != NULL) {
    CK_ULONG kept = 0;
    for (CK_ULONG i = 0; i < *count; i++)
      if (!is_hidden(list[i])) list[kept++] = list[i];
    *count = kept;
  }
  return log_rv(CALL_C_GetMechanismList, NO_SESSION, rv, "");
}

static CK_RV faulty_C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info) {
  struct verdict verdict = judge(CALL_C_GetMechanismInfo, NO_SESSION, "");
  if (!verdict.is_final && is_hidden(type)) verdict = answer(verdict, CKR_MECHANISM_INVALID);
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_GetMechanismInfo(slot, type, info));
  return log_rv(CALL_C_GetMechanismInfo, NO_SESSION, rv, "");
}

static CK_RV faulty_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session) {
  struct verdict verdict = judge(CALL_C_OpenSession, NO_SESSION, "");
  if (!verdict.is_final && properties.sessions > 0 && open_sessions() >= properties.sessions) verdict = answer(verdict, CKR_SESSION_COUNT);
  CK_RV rv = verdict.rv;
  if (!verdict.is_final) {
    rv = real->C_OpenSession(slot, flags, application, notify, session);
    if (rv == CKR_OK) add_session();
    used_slot = slot;
    rv = finish(&verdict, rv);
  }
  return log_rv(CALL_C_OpenSession, rv == CKR_OK ? *session : NO_SESSION, rv, "");
}

static CK_RV faulty_C_CloseSession(CK_SESSION_HANDLE session) {
  struct verdict verdict = judge(CALL_C_CloseSession, session, "");
  CK_RV rv = verdict.is_final ? verdict.rv : real->C_CloseSession(session);
  if (!verdict.is_final && rv == CKR_OK) remove_session();
  return log_rv(CALL_C_CloseSession, session, finish(&verdict, rv), "");
}

static CK_RV faulty_C_CloseAllSessions(CK_SLOT_ID slot) {
  struct verdict verdict = judge(CALL_C_CloseAllSessions, NO_SESSION, "");
  CK_RV rv = verdict.is_final ? verdict.rv : real->C_CloseAllSessions(slot);
  if (!verdict.is_final && rv == CKR_OK) remove_all_sessions();
  return log_rv(CALL_C_CloseAllSessions, NO_SESSION, finish(&verdict, rv), "");
}

static CK_RV faulty_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  char detail[40];
  if (pin == NULL)
    snprintf(detail, sizeof detail, "user=%lu pin=keypad", user);
  else
    snprintf(detail, sizeof detail, "user=%lu pin=%016lx", user, (unsigned long)digest_pin(pin, length));
  struct verdict verdict = judge(CALL_C_Login, session, detail);
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_Login(session, user, pin, length));
  return log_rv(CALL_C_Login, session, rv, detail);
}

static CK_RV faulty_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR list, CK_ULONG count) {
  struct verdict verdict = judge(CALL_C_GetAttributeValue, session, "");
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_GetAttributeValue(session, object, list, count));
  for (CK_ULONG i = 0; rv == CKR_OK && properties.raw_point && i < count; i++) {
    CK_BYTE_PTR value = list[i].pValue;
    if (list[i].type != CKA_EC_POINT || value == NULL || list[i].ulValueLen < 2) continue;
    if (value[0] != 0x04 || value[1] != list[i].ulValueLen - 2) continue;
    list[i].ulValueLen -= 2;
    memmove(value, value + 2, list[i].ulValueLen);
  }
  return log_rv(CALL_C_GetAttributeValue, session, rv, "");
}

static int asks_for_public_keys(CK_ATTRIBUTE_PTR list, CK_ULONG count) {
  for (CK_ULONG i = 0; i < count; i++) {
    if (list[i].type == CKA_CLASS && list[i].ulValueLen == sizeof(CK_OBJECT_CLASS) && *(CK_OBJECT_CLASS *)list[i].pValue == CKO_PUBLIC_KEY)
      return 1;
  }
  return 0;
}

static CK_RV faulty_C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR list, CK_ULONG count) {
  static CK_OBJECT_CLASS no_class = 0x7fffffff;
  CK_ATTRIBUTE none = {CKA_CLASS, &no_class, sizeof no_class};
  struct verdict verdict = judge(CALL_C_FindObjectsInit, session, "");
  if (properties.no_public && asks_for_public_keys(list, count)) {
    list = &none;
    count = 1;
  }
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_FindObjectsInit(session, list, count));
  return log_rv(CALL_C_FindObjectsInit, session, rv, "");
}

static CK_RV faulty_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG most, CK_ULONG_PTR count) {
  struct verdict verdict = judge(CALL_C_FindObjects, session, "");
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_FindObjects(session, objects, most, count));
  if (rv == CKR_OK && verdict.action == ACTION_NOTHING) *count = 0;
  return log_rv(CALL_C_FindObjects, session, rv, "");
}

static CK_RV faulty_C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  struct verdict verdict = judge(CALL_C_SignInit, session, "");
  if (!verdict.is_final && is_hidden(mechanism->mechanism)) verdict = answer(verdict, CKR_MECHANISM_INVALID);
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_SignInit(session, mechanism, key));
  return log_rv(CALL_C_SignInit, session, rv, "");
}

/* Spoils a signature; nothing but the octets tells. @return whether it is another one now */
static int spoil(const struct verdict *verdict, CK_BYTE_PTR signature, CK_ULONG_PTR length) {
  CK_ULONG half = *length / 2;
  switch (verdict->action) {
    case ACTION_CORRUPT:
      signature[verdict->argument % *length] ^= 1;
      return 1;
    case ACTION_SHORT:
      (*length)--;
      return 1;
    case ACTION_ZERO:
      memset(signature, 0, *length);
      return 1;
    case ACTION_SWAP:
      for (CK_ULONG i = 0; i < half; i++) {
        CK_BYTE octet = signature[i];
        signature[i] = signature[half + i];
        signature[half + i] = octet;
      }
      return 1;
    case ACTION_PREVIOUS:
      if (previous_length != *length) return 0;
      memcpy(signature, previous_signature, *length);
      return 1;
    default:
      return 0;
  }
}

static CK_RV faulty_C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_length, CK_BYTE_PTR signature, CK_ULONG_PTR length) {
  struct verdict verdict = judge(CALL_C_Sign, session, "");
  if (verdict.is_final) return log_rv(CALL_C_Sign, session, verdict.rv, "");
  CK_RV rv = real->C_Sign(session, data, data_length, signature, length);
  int is_spoilt = 0;
  if (rv == CKR_OK && signature != NULL && *length > 0) {
    CK_BYTE good[sizeof previous_signature];
    CK_ULONG good_length = *length <= sizeof good ? *length : 0;
    memcpy(good, signature, good_length);
    is_spoilt = spoil(&verdict, signature, length);
    memcpy(previous_signature, good, good_length);
    previous_length = good_length;
  }
  return log_rv(CALL_C_Sign, session, finish(&verdict, rv), is_spoilt ? action_name(verdict.action) : "");
}

static CK_RV faulty_C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR list, CK_ULONG count,
                                  CK_OBJECT_HANDLE_PTR key) {
  struct verdict verdict = judge(CALL_C_GenerateKey, session, "");
  if (!verdict.is_final && is_hidden(mechanism->mechanism)) verdict = answer(verdict, CKR_MECHANISM_INVALID);
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_GenerateKey(session, mechanism, list, count, key));
  return log_rv(CALL_C_GenerateKey, session, rv, "");
}

static CK_RV faulty_C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public_list,
                                      CK_ULONG public_count, CK_ATTRIBUTE_PTR private_list, CK_ULONG private_count,
                                      CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key) {
  struct verdict verdict = judge(CALL_C_GenerateKeyPair, session, "");
  if (!verdict.is_final && is_hidden(mechanism->mechanism)) verdict = answer(verdict, CKR_MECHANISM_INVALID);
  CK_RV rv = verdict.is_final ? verdict.rv
                              : finish(&verdict, real->C_GenerateKeyPair(session, mechanism, public_list, public_count, private_list,
                                                                         private_count, public_key, private_key));
  return log_rv(CALL_C_GenerateKeyPair, session, rv, "");
}

static CK_RV faulty_C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length) {
  struct verdict verdict = judge(CALL_C_GenerateRandom, session, "");
  CK_RV rv = verdict.is_final ? verdict.rv : finish(&verdict, real->C_GenerateRandom(session, data, length));
  if (rv == CKR_OK && verdict.action == ACTION_ZERO) memset(data, 0, length);
  return log_rv(CALL_C_GenerateRandom, session, rv, "");
}

static CK_RV load_real(void) {
  const char *path = properties.module[0] != '\0' ? properties.module : REAL_MODULE;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get = library == NULL ? NULL : (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
  if (get == NULL) {
    fprintf(stderr, "fault module: %s is not a PKCS#11 module: %s\n", path, dlerror());
    return CKR_GENERAL_ERROR;
  }
  return get(&real);
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  if (real == NULL) {
    open_state();
    refresh_plan();
    CK_RV rv = load_real();
    if (rv != CKR_OK) return rv;
    functions = *real;
    functions.C_GetFunctionList = C_GetFunctionList;
#define REPLACE(name) functions.name = faulty_##name;
#include "fault-functions.h"
#undef REPLACE
  }
  *list = &functions;
  return CKR_OK;
}
