/* Assay plugin interface, version 1: a shared library that adds a backend, in plain C.
 *
 * A plugin needs this header and nothing else. It exports one function, assay_plugin_entry, which
 * returns a table of functions. Assay opens the library when one of its models is first named
 * (assay run ... --plugin ./libecho.so --model echo:shout), checks the version, and calls:
 *
 *   entry ─► create (one per model) ─► train (one per suite with a train split, optional)
 *         ─► worker_create (one per thread) ─► worker_answer ... ─► worker_destroy ─► destroy
 *
 * Rules
 *   - All text is UTF-8. What Assay passes in is valid during the call only, unless said otherwise;
 *     copy what you keep. Strings that the table points to must live as long as the library.
 *   - Every struct begins with its size. A later minor version only appends members; read a member
 *     only if `size` says that it is there. Anything else raises ASSAY_PLUGIN_ABI.
 *   - create, train, worker_create and the destroy functions are called from one thread at a time.
 *     worker_answer runs on several threads at once, each with its own worker; what workers share
 *     must be read-only or locked.
 *   - The same question must get the same answer whatever was asked before and whichever worker
 *     gets it; take chance from the request's seed alone.
 *   - No exception may leave a function. A function that fails returns NULL (or -1), and says why
 *     in `error`.
 *
 * docs/plugin.md describes it with an example; examples/plugin is a complete plugin.
 */
#ifndef ASSAY_PLUGIN_H
#define ASSAY_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* Names as C has them: NOLINTBEGIN(readability-identifier-naming) */
#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_PLUGIN_ABI 1u
#define ASSAY_PLUGIN_ENTRY "assay_plugin_entry"
/* For assay_plugin_v1.flags: answers depend on the seeds, so the run's seed is part of the model's
 * identity. Without it every seed is 0. */
#define ASSAY_PLUGIN_USES_SEED 1u
#if defined(__GNUC__)
#define ASSAY_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define ASSAY_PLUGIN_EXPORT
#endif

/* What Assay says about itself. Lives as long as the process. */
typedef struct assay_host_v1 {
  size_t size;
  uint32_t abi_version;      /* ASSAY_PLUGIN_ABI of the host */
  const char* assay_version; /* "0.1.0" */
} assay_host_v1;

/* Where a failed function writes its reason: at most capacity bytes with the final NUL, for people:
 * what was found, what was expected. Starts as an empty text. */
typedef struct assay_error_v1 {
  size_t size;
  char* text;
  size_t capacity;
} assay_error_v1;

/* NAME:model?key=value&key=value, taken apart. The plugin refuses keys that it does not know. */
typedef struct assay_model_spec_v1 {
  size_t size;
  const char* name;              /* the part between the colon and the question mark */
  const char* const* param_keys; /* param_count texts, sorted */
  const char* const* param_values;
  size_t param_count;
  uint64_t seed;    /* of the run; 0 without ASSAY_PLUGIN_USES_SEED */
  uint32_t workers; /* how many workers will be made */
} assay_model_spec_v1;

/* The train split of one suite: count pairs of input and target. */
typedef struct assay_train_v1 {
  size_t size;
  const char* suite;
  size_t count;
  const char* const* inputs;
  const char* const* targets;
} assay_train_v1;

typedef struct assay_image_v1 {
  size_t size;
  const uint8_t* data; /* the file's bytes: PNG, JPEG, ... */
  size_t data_size;
  const char* media_type; /* "image/png" */
} assay_image_v1;

/* One question. */
typedef struct assay_request_v1 {
  size_t size;
  const char* json; /* the whole request, as docs/process-protocol.md describes it */
  size_t json_size;
  const char* prompt; /* text of the last user message, with few-shot text and instructions */
  size_t prompt_size;
  const char* input; /* the bare question; may be empty */
  size_t input_size;
  const char* const* choices; /* the closed set of answers, where there is one */
  size_t choice_count;
  const assay_image_v1* const* images;
  size_t image_count;
  const char* suite;
  const char* sample_id;
  uint32_t repeat; /* 0-based: generations of one sample differ by it */
  uint64_t seed;   /* of run seed, suite, sample and repeat; 0 without ASSAY_PLUGIN_USES_SEED */
} assay_request_v1;

/* Disjoint buckets; -1 where the model does not count. */
typedef struct assay_usage_v1 {
  size_t size;
  int64_t input_tokens;
  int64_t cached_tokens;
  int64_t reasoning_tokens;
  int64_t output_tokens;
} assay_usage_v1;

/* Where worker_answer says its reply; pass `context` to each function, on the thread that was
 * called. Every emit_ is stamped when
 * it is called, so emit text as it comes into being: that is what time to first token measures. */
typedef struct assay_reply_v1 {
  size_t size;
  void* context;
  void (*emit_text)(void* context, const char* text, size_t text_size);      /* more answer */
  void (*emit_reasoning)(void* context, const char* text, size_t text_size); /* more thinking */
  /* Extras as JSON text, kept with the reply; the last one counts. Text that is not JSON makes the
   * reply malformed. */
  void (*emit_details_json)(void* context, const char* json, size_t json_size);
  void (*emit_usage)(void* context, const assay_usage_v1* usage);
  void (*emit_finish)(void* context, const char* reason); /* "stop" (default), "length" */
  /* The reply failed; nothing after it counts. Kinds: "rejected" (this question can never be
   * answered; not asked again), "refused", "rate_limited", "server_error" (asked again). Any other
   * kind is taken as "server_error". */
  void (*emit_error)(void* context, const char* kind, const char* message);
  /* Not 0 once nobody waits for the reply: return soon. Cheap; ask it often. */
  int (*should_stop)(void* context);
} assay_reply_v1;

typedef struct assay_model assay_model;   /* the plugin's own */
typedef struct assay_worker assay_worker; /* the plugin's own */

typedef struct assay_plugin_v1 {
  size_t size;
  uint32_t abi_version; /* ASSAY_PLUGIN_ABI that the plugin was built with */
  uint32_t flags;       /* ASSAY_PLUGIN_USES_SEED or 0 */
  const char* name;     /* the backend's name: lower-case letters, digits, '-' and '_' */
  const char* version;  /* of the plugin and its engine; part of the model's identity */
  const char* form;     /* "echo:MODEL[?upper=1]", for lists; may be NULL */
  const char* summary;  /* one line for people; may be NULL */
  /* Optional (NULL). Usable here and now? Returns 1, or 0 with the reason in `error`. */
  int (*available)(assay_error_v1* error);
  /* Checks name and parameters; cheap, called while the command line is read. */
  assay_model* (*create)(const assay_model_spec_v1* spec, assay_error_v1* error);
  /* Optional (NULL). What else can change an answer (weights, language data), as text that lives as
   * long as the model: part of the model's identity. */
  const char* (*model_version)(assay_model* model);
  /* Optional (NULL). Learns one suite. Returns 0, or -1 with the reason in `error`. */
  int (*train)(assay_model* model, const assay_train_v1* train, assay_error_v1* error);
  assay_worker* (*worker_create)(assay_model* model, assay_error_v1* error);
  void (*worker_answer)(assay_worker* worker, const assay_request_v1* request,
                        const assay_reply_v1* reply);
  void (*worker_destroy)(assay_worker* worker);
  void (*destroy)(assay_model* model); /* after all its workers */
} assay_plugin_v1;

/* Exported under this name. NULL refuses the host (for one that is too old, say). */
ASSAY_PLUGIN_EXPORT const assay_plugin_v1* assay_plugin_entry(const assay_host_v1* host);

#ifdef __cplusplus
}
#endif
/* NOLINTEND(readability-identifier-naming) */

#endif
