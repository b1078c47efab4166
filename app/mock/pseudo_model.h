// The pseudo-model: what the mock says where no answer is given, and what it thinks of a text. Pure
// functions of seed and text, documented in docs/mock.md, so that a test can compute what it
// expects.
//
// Tokens: a token is a run of white space with the run of other bytes behind it ("Hello, world" is
// "Hello," and " world"); white space at the end of a text is a token of its own. The tokens put
// together are the text, byte for byte.
// Log-probability of a token after a text: -(1/16 + 8 u), u = the first uniform draw of
// Rng(hash_text(text before), hash_text(token)). The values are no distribution; they depend on
// nothing but the bytes, so a text has one log-likelihood wherever it is cut at a token.
//
//   for (std::string_view token : split_tokens(prompt)) sum += token_logprob(before, token);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::app::mock {

// FNV-1a, 64 bits, byte by byte: hash_text(b, hash_text(a)) is hash_text(ab). Not against
// attackers. Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", offset basis and
// prime of 64 bits.
inline constexpr uint64_t kHashStart = 0xCBF29CE484222325ULL;
uint64_t hash_text(std::string_view text, uint64_t before = kHashStart);

// Ends of the tokens, ascending; the last one is text.size(). Empty for an empty text.
std::vector<uint32_t> token_ends(std::string_view text);
std::vector<std::string_view> split_tokens(std::string_view text);

// Word `i` of a text of seeded words, with the space before it; each is drawn by itself, so that a
// long text need not be kept. The view lasts forever.
std::string_view seeded_word(uint64_t key, uint64_t i);
// The first `count` of them, the first without its space.
std::string seeded_words(uint64_t key, int64_t count);

double token_logprob(uint64_t hash_before, std::string_view token);
// The best `count` of the token itself and seven fixed words (" the", " of", ...), best first, ties
// by text.
std::vector<std::pair<std::string, double>> top_logprobs(uint64_t hash_before,
                                                         std::string_view token, size_t count);

}  // namespace assay::app::mock
