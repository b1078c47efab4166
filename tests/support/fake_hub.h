// FakeHub: a datasets-server of a test's own (/splits, /rows, pictures), over RawServer, whose
// faults are exact.
//
//   FakeHub hub;
//   hub.rows = 250;
//   hub.fault = [](const RawRequest& r, int nth) { return nth == 2 ? busy_reply() : ""; };
//   ::setenv("ASSAY_HF_ENDPOINT", hub.url("").c_str(), 1);
//   EXPECT_EQ(hub.asked("/rows"), 3);
//
// Set the members before the first request; requests come from threads of the server.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/raw_server.h"

namespace assay::test {

class FakeHub {
 public:
  // The whole reply to the nth request (from 1), or empty: the usual one.
  using Fault = std::function<std::string(const RawRequest&, int nth)>;

  FakeHub() : server_([this](RawConnection& connection) { serve(connection); }) {}

  std::string dataset = "org/name";
  std::string config = "main";
  std::string split = "test";
  std::string revision = "0123456789abcdef0123456789abcdef01234567";
  std::string token;                              // gated: only with it
  std::string picture;                            // bytes; not empty: a column `image`
  std::function<std::string(uint64_t)> question;  // of a row; empty: "question N"
  uint64_t rows = 250;
  bool partial = false;
  Fault fault;

  [[nodiscard]] std::string url(std::string_view path) const { return server_.url(path); }
  [[nodiscard]] int port() const { return server_.port(); }
  // Requests whose target begins with `path`.
  [[nodiscard]] int asked(std::string_view path) {
    const std::lock_guard lock(mutex_);
    int n = 0;
    for (const RawRequest& request : log_) n += request.target.starts_with(path) ? 1 : 0;
    return n;
  }
  [[nodiscard]] std::vector<RawRequest> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  static std::string parameter(const RawRequest& request, const std::string& name) {
    const size_t at = request.target.find(name + "=");
    if (at == std::string::npos) return "";
    const size_t start = at + name.size() + 1;
    return request.target.substr(start, request.target.find('&', start) - start);
  }
  static std::string failure(std::string_view status, std::string_view code,
                             std::string_view text) {
    return http_reply(fmt::format("{{\"error\":\"{}\"}}", text),
                      fmt::format("X-Error-Code: {}\r\n", code), status);
  }
  // What /rows says about [offset, offset + length), as body.
  [[nodiscard]] std::string page(uint64_t offset, uint64_t length) const {
    std::string features =
        R"({"feature_idx":0,"name":"question","type":{"dtype":"string","_type":"Value"}},)"
        R"({"feature_idx":1,"name":"label","type":{"names":["no","yes"],"_type":"ClassLabel"}})";
    if (!picture.empty())
      features += R"(,{"feature_idx":2,"name":"image","type":{"_type":"Image"}})";
    std::string items;
    for (uint64_t i = offset; i < std::min(rows, offset + length); ++i) {
      const std::string text = question ? question(i) : fmt::format("question {}", i);
      const std::string image =
          picture.empty()
              ? ""
              : fmt::format(
                    R"(,"image":{{"src":"{}/cached-assets/{}?Signature=s3cret","height":2,"width":3}})",
                    url(""), i);
      items += fmt::format(
          R"({}{{"row_idx":{},"row":{{"question":"{}","label":{}{}}},"truncated_cells":[]}})",
          items.empty() ? "" : ",", i, text, i % 2, image);
    }
    return fmt::format(
        R"({{"features":[{}],"rows":[{}],"num_rows_total":{},"num_rows_per_page":100,"partial":{}}})",
        features, items, rows, partial);
  }

 private:
  void serve(RawConnection& connection) {
    while (auto request = connection.read_request()) {
      int nth = 0;
      {
        const std::lock_guard lock(mutex_);
        log_.push_back(*request);
        nth = static_cast<int>(log_.size());
      }
      const std::string special = fault ? fault(*request, nth) : "";
      const bool sent = connection.send(special.empty() ? reply(*request) : special);
      if (!sent || (!special.empty() && special.find("connection: close") != std::string::npos))
        return;
    }
  }

  [[nodiscard]] std::string reply(const RawRequest& request) const {
    const std::string& target = request.target;
    if (target.starts_with("/cached-assets/")) return http_reply(picture);
    const auto auth = request.headers.find("authorization");
    if (!token.empty() && (auth == request.headers.end() || auth->second != "Bearer " + token))
      return failure("401 Unauthorized", "ExternalUnauthenticatedError", "gated");
    if (parameter(request, "dataset") != encoded(dataset))
      return failure("404 Not Found", "DatasetNotFoundError", "not found");
    if (target.starts_with("/splits?")) {
      return http_reply(fmt::format(
          R"({{"splits":[{{"dataset":"{0}","config":"{1}","split":"{2}"}},{{"dataset":"{0}","config":"other","split":"{2}"}}],"pending":[],"failed":[]}})",
          dataset, config, split));
    }
    if (parameter(request, "config") != config || parameter(request, "split") != split)
      return failure("404 Not Found", "ResponseNotFound", "Not found.");
    const uint64_t offset = std::strtoull(parameter(request, "offset").c_str(), nullptr, 10);
    const uint64_t length = std::strtoull(parameter(request, "length").c_str(), nullptr, 10);
    return http_reply(page(offset, length), fmt::format("X-Revision: {}\r\n", revision));
  }
  static std::string encoded(std::string text) {
    for (size_t at = 0; (at = text.find('/', at)) != std::string::npos;) text.replace(at, 1, "%2F");
    return text;
  }

  std::mutex mutex_;
  std::vector<RawRequest> log_;
  RawServer server_;  // last: its threads use the rest
};

}  // namespace assay::test
