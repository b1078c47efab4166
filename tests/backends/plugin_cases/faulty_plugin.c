/* Plugins with one fault each: FAULT_* chooses it. Built by tests/backends/CMakeLists.txt. */
#include <stdlib.h>
#include <string.h>

#include "assay_plugin.h"

struct assay_model {
  int unused;
};
struct assay_worker {
  int unused;
};

static assay_model* create(const assay_model_spec_v1* spec, assay_error_v1* error) {
  if (strcmp(spec->name, "silent") == 0) return NULL;
  if (strcmp(spec->name, "long") == 0) {
    memset(error->text, 'x', error->capacity); /* no final NUL */
    return NULL;
  }
  return calloc(1, sizeof(assay_model));
}

static assay_worker* worker_create(assay_model* model, assay_error_v1* error) {
  (void)model;
  strncpy(error->text, "the engine does not start", error->capacity - 1);
  return NULL;
}

static void worker_answer(assay_worker* worker, const assay_request_v1* request,
                          const assay_reply_v1* reply) {
  (void)worker;
  (void)request;
  (void)reply;
}
static void worker_destroy(assay_worker* worker) { free(worker); }
#if !defined(FAULT_MEMBER)
static void destroy(assay_model* model) { free(model); }
#endif

static const assay_plugin_v1 kTable = {
#if defined(FAULT_SMALL)
    .size = sizeof(assay_plugin_v1) - 8,
#else
    .size = sizeof(assay_plugin_v1),
#endif
#if defined(FAULT_ABI)
    .abi_version = ASSAY_PLUGIN_ABI + 1,
#else
    .abi_version = ASSAY_PLUGIN_ABI,
#endif
#if defined(FAULT_NAME)
    .name = "Faulty Plugin",
#elif defined(FAULT_TAKEN)
    .name = "baseline",
#else
    .name = "faulty",
#endif
    .version = "faulty 1",
    .create = create,
    .worker_create = worker_create,
    .worker_answer = worker_answer,
    .worker_destroy = worker_destroy,
#if !defined(FAULT_MEMBER)
    .destroy = destroy,
#endif
};

#if defined(FAULT_ENTRY)
ASSAY_PLUGIN_EXPORT const assay_plugin_v1* another_entry(void);
ASSAY_PLUGIN_EXPORT const assay_plugin_v1* another_entry(void) { return &kTable; }
#else
ASSAY_PLUGIN_EXPORT const assay_plugin_v1* assay_plugin_entry(const assay_host_v1* host) {
#if defined(FAULT_REFUSES)
  return host->abi_version >= 1000 ? &kTable : NULL; /* a host from the far future only */
#else
  return host->size >= sizeof(assay_host_v1) ? &kTable : NULL;
#endif
}
#endif
