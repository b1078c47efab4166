/* A complete Assay plugin in C: the backend `echo`, with two models.
 *
 *   echo:words[?times=N]   says the question back word by word, N times (1..100)
 *   echo:memory            answers a question of the train split with its target, and refuses
 * others
 *
 * Build   cc -shared -fPIC -I DIR_OF_HEADER -o libecho.so echo_plugin.c
 * Use     assay run SUITE --plugin ./libecho.so --model echo:words
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assay_plugin.h"

/* What the train split taught, one list for all suites. */
typedef struct memory {
  char* suite;
  char* input;
  char* target;
} memory;

struct assay_model {
  int remembers; /* echo:memory */
  long times;
  memory* memories;
  size_t memory_count;
};

/* This model needs nothing of its own per thread. One with an engine would keep it here. */
struct assay_worker {
  const assay_model* model;
};

static void say(assay_error_v1* error, const char* format, const char* what) {
  snprintf(error->text, error->capacity, format, what);
}

static char* copy_text(const char* text) {
  const size_t size = strlen(text) + 1;
  char* out = malloc(size);
  if (out != NULL) memcpy(out, text, size);
  return out;
}

static int read_times(const char* text, long* out) {
  char* end = NULL;
  const long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < 1 || value > 100) return -1;
  *out = value;
  return 0;
}

static int take_params(assay_model* model, const assay_model_spec_v1* spec, assay_error_v1* error) {
  for (size_t i = 0; i < spec->param_count; ++i) {
    if (strcmp(spec->param_keys[i], "times") != 0 || model->remembers) {
      say(error, "unknown parameter `%s`", spec->param_keys[i]);
      return -1;
    }
    if (read_times(spec->param_values[i], &model->times) != 0) {
      say(error, "parameter `times` is `%s`, expected an integer 1..100", spec->param_values[i]);
      return -1;
    }
  }
  return 0;
}

static assay_model* create(const assay_model_spec_v1* spec, assay_error_v1* error) {
  const int remembers = strcmp(spec->name, "memory") == 0;
  if (!remembers && strcmp(spec->name, "words") != 0) {
    say(error, "unknown model `%s`; known: words, memory", spec->name);
    return NULL;
  }
  assay_model* model = calloc(1, sizeof *model);
  if (model == NULL) {
    say(error, "%s", "out of memory");
    return NULL;
  }
  model->remembers = remembers;
  model->times = 1;
  if (take_params(model, spec, error) != 0) {
    free(model);
    return NULL;
  }
  return model;
}

static int train(assay_model* model, const assay_train_v1* lines, assay_error_v1* error) {
  if (!model->remembers) return 0;
  const size_t count = model->memory_count + lines->count;
  memory* grown = realloc(model->memories, count * sizeof *grown);
  if (grown == NULL) {
    say(error, "%s", "out of memory");
    return -1;
  }
  model->memories = grown;
  for (size_t i = 0; i < lines->count; ++i) {
    memory* m = &model->memories[model->memory_count++];
    m->suite = copy_text(lines->suite);
    m->input = copy_text(lines->inputs[i]);
    m->target = copy_text(lines->targets[i]);
    if (m->suite == NULL || m->input == NULL || m->target == NULL) {
      say(error, "%s", "out of memory");
      return -1;
    }
  }
  return 0;
}

static assay_worker* worker_create(assay_model* model, assay_error_v1* error) {
  assay_worker* worker = malloc(sizeof *worker);
  if (worker == NULL) {
    say(error, "%s", "out of memory");
    return NULL;
  }
  worker->model = model;
  return worker;
}

static void answer_from_memory(const assay_model* model, const assay_request_v1* request,
                               const assay_reply_v1* reply) {
  for (size_t i = 0; i < model->memory_count; ++i) {
    const memory* m = &model->memories[i];
    if (strcmp(m->suite, request->suite) == 0 && strlen(m->input) == request->input_size &&
        memcmp(m->input, request->input, request->input_size) == 0) {
      reply->emit_text(reply->context, m->target, strlen(m->target));
      return;
    }
  }
  reply->emit_error(reply->context, "rejected", "the train split does not hold this question");
}

/* Says one word with the space before it. */
static void emit_word(const assay_reply_v1* reply, const char* word, size_t size, int64_t* said) {
  if (*said > 0) reply->emit_text(reply->context, " ", 1);
  reply->emit_text(reply->context, word, size);
  ++*said;
}

static void answer_with_words(const assay_model* model, const assay_request_v1* request,
                              const assay_reply_v1* reply) {
  int64_t said = 0;
  for (long time = 0; time < model->times; ++time) {
    const char* at = request->prompt;
    const char* end = at + request->prompt_size;
    while (at < end) {
      const char* space = memchr(at, ' ', (size_t)(end - at));
      const char* stop = space == NULL ? end : space;
      if (reply->should_stop(reply->context)) return;
      if (stop > at) emit_word(reply, at, (size_t)(stop - at), &said);
      at = stop + 1;
    }
  }
  assay_usage_v1 usage = {sizeof usage, -1, -1, -1, said};
  reply->emit_usage(reply->context, &usage);
  char details[64];
  const int size = snprintf(details, sizeof details, "{\"words\":%ld}", (long)said);
  reply->emit_details_json(reply->context, details, (size_t)size);
  reply->emit_finish(reply->context, "stop");
}

static void worker_answer(assay_worker* worker, const assay_request_v1* request,
                          const assay_reply_v1* reply) {
  if (worker->model->remembers) {
    answer_from_memory(worker->model, request, reply);
  } else {
    answer_with_words(worker->model, request, reply);
  }
}

static void worker_destroy(assay_worker* worker) { free(worker); }

static void destroy(assay_model* model) {
  for (size_t i = 0; i < model->memory_count; ++i) {
    free(model->memories[i].suite);
    free(model->memories[i].input);
    free(model->memories[i].target);
  }
  free(model->memories);
  free(model);
}

static const assay_plugin_v1 kTable = {
    .size = sizeof(assay_plugin_v1),
    .abi_version = ASSAY_PLUGIN_ABI,
    .flags = 0,
    .name = "echo",
    .version = "echo 1.0",
    .form = "echo:words[?times=N] or echo:memory",
    .summary = "says the question back; the example plugin",
    .available = NULL,
    .create = create,
    .model_version = NULL,
    .train = train,
    .worker_create = worker_create,
    .worker_answer = worker_answer,
    .worker_destroy = worker_destroy,
    .destroy = destroy,
};

ASSAY_PLUGIN_EXPORT const assay_plugin_v1* assay_plugin_entry(const assay_host_v1* host) {
  return host->abi_version >= ASSAY_PLUGIN_ABI ? &kTable : NULL;
}
