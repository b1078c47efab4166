// Text metrics: BLEU, chrF, TER and their tokenizers, ROUGE, Porter's stemmer, SQuAD, error rates,
// ANLS and edit distances.
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "harness/stats/corpus_scores.h"
#include "suites/score/match.h"
#include "suites/score/metrics/bleu.h"
#include "suites/score/metrics/chrf.h"
#include "suites/score/metrics/porter_stemmer.h"
#include "suites/score/metrics/ratios.h"
#include "suites/score/metrics/rouge.h"
#include "suites/score/metrics/squad.h"
#include "suites/score/metrics/ter.h"
#include "suites/score/text_distance.h"
#include "tests/conformance/families.h"

namespace assay::conformance {
namespace {

using suites::BleuTokenizer;

std::runtime_error refusal(const std::string& what) { return std::runtime_error(what); }

// The segments of a corpus, each with its references; at level "sentence" the first one alone.
struct Segment {
  std::string hypothesis;
  std::vector<std::string> references;
  [[nodiscard]] std::vector<std::string_view> views() const {
    return {references.begin(), references.end()};
  }
};

std::vector<Segment> segments_of(const Json& input) {
  const auto hypotheses = input.at("hypotheses").get<std::vector<std::string>>();
  const Json& streams = input.at("references");
  if (hypotheses.empty() || streams.empty()) throw refusal("no hypotheses or no references");
  const size_t count = input.value("level", "corpus") == "sentence" ? 1 : hypotheses.size();
  std::vector<Segment> segments;
  for (size_t i = 0; i < count; ++i) {
    Segment& segment = segments.emplace_back();
    segment.hypothesis = hypotheses[i];
    for (const Json& stream : streams) {
      const Json& reference = stream.at(i);
      if (!reference.is_null()) segment.references.push_back(reference.get<std::string>());
    }
    if (segment.references.empty()) throw refusal("a segment without reference");
  }
  return segments;
}

// An absent or null parameter has the fallback.
template <typename T>
T param(const Json& params, const std::string& key, T fallback) {
  if (!params.contains(key) || params[key].is_null()) return fallback;
  return params[key].get<T>();
}

void add(std::vector<double>& sums, const std::vector<double>& parts) {
  sums.resize(parts.size(), 0);
  for (size_t i = 0; i < parts.size(); ++i) sums[i] += parts[i];
}

BleuTokenizer tokenizer_named(const std::string& name) {
  const auto tokenizer = suites::bleu_tokenizer_from_name(name);
  if (!tokenizer) throw refusal("unknown tokenizer " + name);
  return *tokenizer;
}

stats::BleuRule bleu_rule(const Json& params) {
  const auto method = param<std::string>(params, "smooth_method", "exp");
  stats::BleuRule rule;
  rule.effective_order = param(params, "effective_order", false);
  if (method == "none") {
    rule.smoothing = stats::BleuSmoothing::kNone;
  } else if (method == "floor") {
    rule.smoothing = stats::BleuSmoothing::kFloor;
    rule.value = param(params, "smooth_value", 0.1);
  } else if (method == "add-k") {
    rule.smoothing = stats::BleuSmoothing::kAddK;
    rule.value = param(params, "smooth_value", 1.0);
  } else if (method != "exp") {
    throw refusal("unknown smoothing " + method);
  }
  return rule;
}

Json bleu(const Json& input) {
  const Json& params = input.at("params");
  suites::BleuOptions options;
  const bool chinese = param<std::string>(params, "trg_lang", "") == "zh";
  options.tokenizer =
      tokenizer_named(param<std::string>(params, "tokenize", chinese ? "zh" : "13a"));
  options.lowercase = param(params, "lowercase", false);
  options.order = param<size_t>(params, "max_ngram_order", 4);
  std::vector<double> sums;
  for (const Segment& segment : segments_of(input)) {
    add(sums, bleu_statistics(options, segment.hypothesis, segment.views()));
  }
  const stats::BleuFigure figure = stats::bleu_figure(sums, bleu_rule(params));
  return {{"score", figure.score},
          {"counts", figure.matches},
          {"totals", figure.candidates},
          {"precisions", figure.precisions},
          {"bp", figure.brevity_penalty},
          {"sys_len", figure.hypothesis_length},
          {"ref_len", figure.reference_length}};
}

Json chrf(const Json& input) {
  const Json& params = input.at("params");
  suites::ChrfOptions options;
  options.char_order = param<size_t>(params, "char_order", 6);
  options.word_order = param<size_t>(params, "word_order", 0);
  options.beta = param(params, "beta", 2.0);
  options.lowercase = param(params, "lowercase", false);
  options.whitespace = param(params, "whitespace", false);
  options.epsilon_smoothing = param(params, "eps_smoothing", false);
  std::vector<double> sums;
  for (const Segment& segment : segments_of(input)) {
    add(sums, chrf_statistics(options, segment.hypothesis, segment.views()));
  }
  return {{"score", stats::chrf_from_sums(sums, options.beta, options.epsilon_smoothing)},
          {"char_order", options.char_order},
          {"word_order", options.word_order},
          {"beta", options.beta}};
}

suites::TercomOptions tercom_options(const Json& params) {
  return {.normalized = param(params, "normalized", false),
          .no_punct = param(params, "no_punct", false),
          .asian_support = param(params, "asian_support", false),
          .case_sensitive = param(params, "case_sensitive", false)};
}

Json ter(const Json& input) {
  const suites::TercomOptions options = tercom_options(input.at("params"));
  suites::TerCount sum;
  for (const Segment& segment : segments_of(input)) {
    const auto count = count_ter(options, segment.hypothesis, segment.views());
    if (!count) throw refusal("too many words");
    sum.edits += count->edits;
    sum.reference_length += count->reference_length;
  }
  return {{"score", sum.score()}, {"num_edits", sum.edits}, {"ref_length", sum.reference_length}};
}

Json tokenize(const Json& input) {
  const auto text = input.at("text").get<std::string>();
  Json out = Json::object();
  for (const char* name : {"13a", "intl", "zh", "char", "none"}) {
    out[name] = suites::tokenize(tokenizer_named(name), text);
  }
  return out;
}

Json ter_tokenize(const Json& input) {
  return {{"text", tercom_tokenize(tercom_options(input.value("params", Json::object())),
                                   input.at("text").get<std::string>())}};
}

Json rouge_json(const suites::RougeScore& score) {
  return {{"precision", score.precision}, {"recall", score.recall}, {"fmeasure", score.f_measure}};
}

// For each type the target with the best F, the first of equals.
Json rouge(const Json& input) {
  const suites::RougeSplit split = input.value("split_summaries", false)
                                       ? suites::RougeSplit::kPunkt
                                       : suites::RougeSplit::kLines;
  const bool stem = input.value("use_stemmer", false);
  const auto targets = input.contains("targets")
                           ? input["targets"].get<std::vector<std::string>>()
                           : std::vector{input.at("target").get<std::string>()};
  if (targets.empty()) throw refusal("no targets");
  const auto prediction =
      suites::rouge_text(input.at("prediction").get<std::string>(), stem, split);
  const std::vector<std::string> types = input.value(
      "rouge_types", std::vector<std::string>{"rouge1", "rouge2", "rougeL", "rougeLsum"});
  Json out = Json::object();
  for (const std::string& type : types) {
    std::optional<suites::RougeScore> best;
    for (const std::string& text : targets) {
      const auto score = rouge_score(type, suites::rouge_text(text, stem, split), prediction);
      if (!score) throw refusal("too long, or unknown type " + type);
      if (!best || score->f_measure > best->f_measure) best = score;
    }
    out[type] = rouge_json(*best);
  }
  return out;
}

Json porter_stem(const Json& input) {
  Json stems = Json::array();
  for (const Json& word : input.at("words")) {
    stems.push_back(suites::porter_stem(word.get<std::string>()));
  }
  return {{"stems", std::move(stems)}};
}

Json squad(const Json& input) {
  const auto gold = input.at("golds").at(0).get<std::string>();
  const auto prediction = input.at("prediction").get<std::string>();
  return {{"normalized_gold", suites::squad_normalize(gold)},
          {"normalized_prediction", suites::squad_normalize(prediction)},
          {"exact", suites::squad_exact(gold, prediction)},
          {"f1", suites::squad_f1(gold, prediction)}};
}

Json squad_max(const Json& input) {
  const auto golds = input.at("golds").get<std::vector<std::string>>();
  const auto best = suites::squad_best(golds, input.at("prediction").get<std::string>());
  return {{"exact", best.exact}, {"f1", best.f1}};
}

// jiwer's transforms make one empty sentence of an empty list.
std::vector<std::string> text_or_list(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  auto texts = value.get<std::vector<std::string>>();
  if (texts.empty()) texts.emplace_back();
  return texts;
}

template <typename Count>
double error_rate(const Json& input, Count count) {
  const auto references = text_or_list(input.at("reference"));
  const auto hypotheses = text_or_list(input.at("hypothesis"));
  if (references.size() != hypotheses.size()) throw refusal("lists of different lengths");
  suites::ErrorCount total;
  for (size_t i = 0; i < references.size(); ++i) total += count(references[i], hypotheses[i]);
  return total.rate();
}

Json wer(const Json& input) {
  return {{"wer", error_rate(input, [](const std::string& a, const std::string& b) {
             return suites::word_errors(a, b);
           })}};
}

Json cer(const Json& input) {
  return {{"cer", error_rate(input, [](const std::string& a, const std::string& b) {
             return suites::character_errors(a, b);
           })}};
}

Json anls(const Json& input) {
  const auto golds = input.at("golds").get<std::vector<std::string>>();
  const auto prediction = input.at("prediction").get<std::string>();
  suites::TextNorm norm;
  norm.form = NormalForm::kNone;
  norm.ignore_case = true;
  const bool none = norm.apply(prediction) == "none";  // read as "not answerable"
  int accuracy = 0;
  for (const std::string& gold : golds) {
    if (!none && suites::is_exact_match(norm, prediction, gold)) accuracy = 1;
  }
  return {{"anls", suites::anls(golds, prediction, input.value("threshold", 0.5))},
          {"accuracy", accuracy}};
}

Json distance(const Json& input) {
  const auto first = input.at("a").get<std::string>();
  const auto second = input.at("b").get<std::string>();
  const auto a = to_code_points(first);
  const auto b = to_code_points(second);
  return {{"levenshtein", suites::levenshtein(a, b)},
          {"normalized_similarity", suites::normalized_similarity(a, b)},
          {"indel", suites::indel_distance(a, b)},
          {"lcs_length", suites::lcs_length(a, b)},
          {"ratio", suites::similarity_ratio(a, b)},
          {"token_sort_ratio", suites::token_sort_ratio(first, second)}};
}

struct Operation {
  std::string_view name;
  Json (*run)(const Json& input);
};

constexpr Operation kOperations[] = {
    {"bleu", bleu},
    {"chrf", chrf},
    {"ter", ter},
    {"tokenize", tokenize},
    {"ter_tokenize", ter_tokenize},
    {"rouge", rouge},
    {"rouge_multi", rouge},
    {"porter_stem", porter_stem},
    {"squad", squad},
    {"squad_max", squad_max},
    {"wer", wer},
    {"cer", cer},
    {"anls", anls},
    {"distance", distance},
};

}  // namespace

// What a case throws (a refusal, or a value of another type) becomes its {"error"} in main.cc.
Json text_metrics_case(const Json& input) {
  const std::string name = input.value("op", std::string());
  for (const Operation& operation : kOperations) {
    if (operation.name == name) return operation.run(input);
  }
  return Json{{"error", "unknown operation " + name}};
}

}  // namespace assay::conformance
