// libcurl brings 26 more libraries; linked, they made every start of the program 7 ms longer (21
// instead of 14), for `assay --version`, local models and reports too. So it is opened when its
// first function is called: each function of it that this folder uses is defined here and passes
// its arguments on.
//
// Where it stands: below everything else in backends/transport that includes <curl/curl.h>. Any
// thread.
#include <curl/curl.h>
#include <dlfcn.h>

#include <cstdarg>

#include "harness/base/check.h"

// The headers' type checks are macros of these names.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

namespace {

constexpr const char* kLibrary = "libcurl.so.4";

template <typename Function>
Function* find(const char* name) {
  // Opened once, never changed. NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
  static void* const kHandle = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  ASSAY_CHECK(kHandle != nullptr, "{} cannot be opened ({}); install libcurl4", kLibrary,
              dlerror());
  void* const found = dlsym(kHandle, name);
  ASSAY_CHECK(found != nullptr, "{} has no {}", kLibrary, name);
  return reinterpret_cast<Function*>(found);
}

// An option's or an information's argument is a long, a curl_off_t or a pointer: one machine word,
// passed in the same place whichever it is.
static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*));

}  // namespace

#define ASSAY_CURL(name) static const auto kReal = find<decltype(name)>(#name)

extern "C" {

CURLcode curl_global_init(long flags) {
  ASSAY_CURL(curl_global_init);
  return kReal(flags);
}
curl_version_info_data* curl_version_info(CURLversion version) {
  ASSAY_CURL(curl_version_info);
  return kReal(version);
}
curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  ASSAY_CURL(curl_slist_append);
  return kReal(list, text);
}
void curl_slist_free_all(curl_slist* list) {
  ASSAY_CURL(curl_slist_free_all);
  kReal(list);
}
CURL* curl_easy_init() {
  ASSAY_CURL(curl_easy_init);
  return kReal();
}
void curl_easy_cleanup(CURL* easy) {
  ASSAY_CURL(curl_easy_cleanup);
  kReal(easy);
}
CURLcode curl_easy_perform(CURL* easy) {
  ASSAY_CURL(curl_easy_perform);
  return kReal(easy);
}
const char* curl_easy_strerror(CURLcode code) {
  ASSAY_CURL(curl_easy_strerror);
  return kReal(code);
}
CURLcode curl_easy_setopt(CURL* easy, CURLoption option, ...) {
  ASSAY_CURL(curl_easy_setopt);
  va_list arguments;
  va_start(arguments, option);
  void* const value = va_arg(arguments, void*);
  va_end(arguments);
  return kReal(easy, option, value);
}
CURLcode curl_easy_getinfo(CURL* easy, CURLINFO info, ...) {
  ASSAY_CURL(curl_easy_getinfo);
  va_list arguments;
  va_start(arguments, info);
  void* const value = va_arg(arguments, void*);
  va_end(arguments);
  return kReal(easy, info, value);
}
CURLM* curl_multi_init() {
  ASSAY_CURL(curl_multi_init);
  return kReal();
}
CURLMcode curl_multi_cleanup(CURLM* multi) {
  ASSAY_CURL(curl_multi_cleanup);
  return kReal(multi);
}
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* easy) {
  ASSAY_CURL(curl_multi_add_handle);
  return kReal(multi, easy);
}
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* easy) {
  ASSAY_CURL(curl_multi_remove_handle);
  return kReal(multi, easy);
}
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  ASSAY_CURL(curl_multi_info_read);
  return kReal(multi, left);
}
CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events, int* running) {
  ASSAY_CURL(curl_multi_socket_action);
  return kReal(multi, socket, events, running);
}
const char* curl_multi_strerror(CURLMcode code) {
  ASSAY_CURL(curl_multi_strerror);
  return kReal(code);
}
CURLMcode curl_multi_setopt(CURLM* multi, CURLMoption option, ...) {
  ASSAY_CURL(curl_multi_setopt);
  va_list arguments;
  va_start(arguments, option);
  void* const value = va_arg(arguments, void*);
  va_end(arguments);
  return kReal(multi, option, value);
}

}  // extern "C"
