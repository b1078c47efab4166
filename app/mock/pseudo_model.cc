#include "app/mock/pseudo_model.h"

#include <algorithm>
#include <array>

#include "harness/base/rng.h"

namespace assay::app::mock {
namespace {

constexpr std::array<std::string_view, 64> kWords = {
    " river",  " stone",   " light",   " seven",  " garden", " window", " paper",  " north",
    " silver", " letter",  " copper",  " market", " winter", " engine", " bridge", " yellow",
    " forest", " number",  " signal",  " harbor", " theory", " button", " pencil", " valley",
    " butter", " candle",  " island",  " planet", " mirror", " ticket", " orange", " fabric",
    " summer", " kettle",  " morning", " little", " answer", " steady", " gentle", " second",
    " around", " before",  " simple",  " weight", " margin", " detail", " course", " report",
    " sample", " measure", " result",  " method", " figure", " corner", " basket", " carbon",
    " violet", " hollow",  " saddle",  " timber", " velvet", " walnut", " zenith", " quartz"};

constexpr std::array<std::string_view, 7> kRivals = {" the", " of",   " and", " to",
                                                     " a",   " that", "."};

bool is_white(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

uint64_t hash_text(std::string_view text, uint64_t before) {
  constexpr uint64_t kPrime = 0x100000001B3ULL;
  for (const char c : text) before = (before ^ static_cast<unsigned char>(c)) * kPrime;
  return before;
}

std::vector<uint32_t> token_ends(std::string_view text) {
  std::vector<uint32_t> ends;
  size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && is_white(text[at])) ++at;
    while (at < text.size() && !is_white(text[at])) ++at;
    ends.push_back(static_cast<uint32_t>(at));
  }
  return ends;
}

std::vector<std::string_view> split_tokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  size_t start = 0;
  for (const uint32_t end : token_ends(text)) {
    tokens.push_back(text.substr(start, end - start));
    start = end;
  }
  return tokens;
}

std::string_view seeded_word(uint64_t key, uint64_t i) {
  return kWords[Rng(key, i).below(kWords.size())];
}

std::string seeded_words(uint64_t key, int64_t count) {
  std::string out;
  for (int64_t i = 0; i < count; ++i) {
    const std::string_view word = seeded_word(key, static_cast<uint64_t>(i));
    out += i == 0 ? word.substr(1) : word;
  }
  return out;
}

double token_logprob(uint64_t hash_before, std::string_view token) {
  return -(0.0625 + 8 * Rng(hash_before, hash_text(token)).uniform());
}

std::vector<std::pair<std::string, double>> top_logprobs(uint64_t hash_before,
                                                         std::string_view token, size_t count) {
  std::vector<std::pair<std::string, double>> best;
  best.emplace_back(token, token_logprob(hash_before, token));
  for (const std::string_view rival : kRivals) {
    if (rival != token) best.emplace_back(rival, token_logprob(hash_before, rival));
  }
  std::sort(best.begin(), best.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  best.resize(std::min(best.size(), count));
  return best;
}

}  // namespace assay::app::mock
