// The log-likelihood of a continuation out of the echoed tokens of an OpenAI-style completion.
//
// Where it stands: used by openai_completions at the end of a reply; decode thread. Pure.
//
//   EchoResult r = echo_loglikelihood(*choice["logprobs"], "The sky is", " blue", generated);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/response.h"

namespace assay::backends {

struct EchoResult {
  Loglikelihood value;
  bool straddles = false;  // a token holds the context's end and the continuation's beginning; it
                           // was counted
};

// Sum of token_logprobs over the tokens of `continuation`; greedy when each is at least as likely
// as the best of its top_logprobs (false where the server gave none). `logprobs`: {tokens,
// token_logprobs, top_logprobs, text_offset}. `generated`: how many tokens at the end were not
// asked for; -1: not known, then those that begin behind the continuation.
//
// Where a token begins: from the tokens' own bytes where they make up the text (also behind a
// beginning-of-text token or with the space that SentencePiece puts in front), otherwise from
// text_offset, in code points. The text's first token has no log-probability and is skipped; any
// other without one is an error, as are lists of unequal lengths and a continuation without tokens.
Result<EchoResult> echo_loglikelihood(const Json& logprobs, std::string_view context,
                                      std::string_view continuation, int64_t generated);

}  // namespace assay::backends
