// What the mock reads from the network: any bytes, cut anywhere, are the same requests and the same
// failure; bodies that are refused get an error object, the others a reply that is JSON.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/mock/http_request.h"
#include "app/mock/mock_ask.h"
#include "app/mock/mock_reply.h"
#include "app/mock/mock_wire.h"
#include "harness/base/check.h"
#include "harness/base/json.h"

namespace {

using namespace assay;             // NOLINT: a program of its own
using namespace assay::app::mock;  // NOLINT

struct Seen {
  std::vector<HttpRequest> requests;
  int failure = 0;
};

Seen read(std::string_view bytes, size_t step) {
  HttpRequestReader reader;
  Seen seen;
  for (size_t start = 0; start < bytes.size(); start += step) {
    reader.feed(bytes.substr(start, step));
    while (reader.poll() == HttpRequestReader::State::kRequest) {
      seen.requests.push_back(reader.take());
    }
    reader.wants_continue();
  }
  if (reader.failure() != nullptr) seen.failure = reader.failure()->status;
  return seen;
}

bool same(const Seen& a, const Seen& b) {
  if (a.failure != b.failure || a.requests.size() != b.requests.size()) return false;
  for (size_t i = 0; i < a.requests.size(); ++i) {
    const HttpRequest& x = a.requests[i];
    const HttpRequest& y = b.requests[i];
    if (x.method != y.method || x.path != y.path || x.query != y.query || x.headers != y.headers ||
        x.body != y.body || x.keep_alive != y.keep_alive) {
      return false;
    }
  }
  return true;
}

void answer(const std::string& body, Endpoint endpoint) {
  MockOptions options;
  options.tokens = 3;
  MockAsk ask;
  if (const auto refusal = read_ask(body, endpoint, ask)) {
    ASSAY_CHECK(Json::accept(error_json(*refusal)), "the error object is not JSON");
    return;
  }
  ask.ignore_eos = false;  // a million words are no finding
  std::vector<ReplyPlan> plans;
  for (const std::string& prompt : ask.prompts) {
    plans.push_back(plan_reply(options, ask, prompt, 1));
  }
  ReplyWriter writer(options, std::move(ask), std::move(plans), 1, 0);
  ASSAY_CHECK(Json::accept(writer.whole()), "the reply is not JSON");
  if (writer.plan().size() > 0 && endpoint != Endpoint::kMessages) {
    std::string event;
    writer.chunk_event(0, 1, event);
    ASSAY_CHECK(Json::accept(event), "the chunk is not JSON");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Seen whole = read(bytes, bytes.size() + 1);
  for (const size_t step : {size_t{1}, size_t{7}}) {
    ASSAY_CHECK(same(whole, read(bytes, step)), "cut in steps of {} it reads differently", step);
  }
  for (const HttpRequest& request : whole.requests) {
    answer(request.body, Endpoint::kChat);
    answer(request.body, Endpoint::kCompletions);
    answer(request.body, Endpoint::kMessages);
  }
  answer(std::string(bytes), Endpoint::kChat);
  answer(std::string(bytes), Endpoint::kCompletions);
  answer(std::string(bytes), Endpoint::kMessages);
  return 0;
}
