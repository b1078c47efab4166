// The words of Anthropic's Message Batches: the request that creates one, the objects and lines
// that come back. Pure; every text that is read here is hostile.
//
// Where it stands: below backends/batch/anthropic_batch (which asks) and the fuzzer.
//
//   const std::string body = anthropic_batch_request(items);
//   ASSAY_TRY(const AnthropicBatch batch, read_anthropic_batch(*parse_json(reply, "batch")));
//   ASSAY_TRY(BatchReply result, read_anthropic_reply(line));
//
// Source: Anthropic API reference, "Message Batches" (create, retrieve, list, results) and the
// guide "Batch processing" (at most 100,000 requests and 256 MB; results in any order; what was
// cancelled or expired is not billed), and "Errors" for the status of each kind, as of November
// 2026.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/batch_client.h"
#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::backends {

// {"requests":[{"custom_id":..,"params":..}]}
std::string anthropic_batch_request(std::span<const BatchItem> items);

struct AnthropicBatch {
  std::string id;
  BatchState state;
  std::string created_at;  // RFC 3339, UTC
};
Result<AnthropicBatch> read_anthropic_batch(const Json& batch);

struct AnthropicBatchPage {
  std::vector<AnthropicBatch> batches;  // newest first
  bool has_more = false;
};
Result<AnthropicBatchPage> read_anthropic_page(const Json& page);

Result<BatchReply> read_anthropic_reply(std::string_view line);

// "2026-11-28T04:25:28": compares as text with what created_at begins with.
std::string utc_seconds(int64_t unix_s);

}  // namespace assay::backends
