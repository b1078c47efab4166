// The words of OpenAI's Batch API: lines of the input file, the form that uploads it, the objects
// and lines that come back. Pure; every text that is read here is hostile.
//
// Where it stands: below backends/batch/openai_batch (which asks) and the fuzzer.
//
//   std::string file;
//   append_openai_line(item, "/v1/chat/completions", file);
//   ASSAY_TRY(const OpenAiBatch batch, read_openai_batch(*parse_json(body, "batch")));
//   ASSAY_TRY(BatchReply reply, read_openai_reply(line));
//
// Source: OpenAI API reference, "Batch" (object, request input and output objects, list) and
// "Files" (upload), and the guide "Batch API" (an input file asks one model, at most 50,000
// requests and 200 MB; lines come back in any order; what expired is in the error file), as of
// November 2026.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/batch_client.h"
#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::backends {

// {"custom_id":..,"method":"POST","url":..,"body":..} and a newline.
void append_openai_line(const BatchItem& item, std::string_view url, std::string& out);

// multipart/form-data with `purpose` and a file.
struct MultipartForm {
  std::string content_type;  // with its boundary
  std::string body;
};
MultipartForm openai_upload(std::string_view file_name, std::string_view content);

// The body of POST /batches; `tag` is its metadata.
std::string openai_batch_request(std::string_view file_id, std::string_view url,
                                 std::string_view tag);

struct OpenAiBatch {
  std::string id;
  BatchState state;
  std::string output_file;  // empty: none
  std::string error_file;   // empty: none
  std::string tag;          // of our metadata; empty: another's
  int64_t created_unix_s = 0;
};
Result<OpenAiBatch> read_openai_batch(const Json& batch);

struct OpenAiBatchPage {
  std::vector<OpenAiBatch> batches;  // newest first
  bool has_more = false;
};
Result<OpenAiBatchPage> read_openai_page(const Json& page);

// The id of an object that was created.
Result<std::string> read_openai_id(const Json& object);

Result<BatchReply> read_openai_reply(std::string_view line);

// What may stand in a path: 1 to 256 letters, digits and `_.:-`, not beginning with a point.
bool is_batch_id(std::string_view id);

}  // namespace assay::backends
