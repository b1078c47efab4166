// Samples, worst first: picture, prompt, expected, and per model what it answered, how that
// differs, its score and time. Folded; bounded in number and bytes.
#include <fmt/format.h>

#include <algorithm>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/diff.h"
#include "reports/html/escape.h"
#include "reports/html/page.h"
#include "reports/html/picture.h"
#include "reports/html/sample_pick.h"

namespace assay::reports::html {
namespace {

constexpr size_t kSnippetPoints = 90;
constexpr size_t kImagesMax = 4;     // of one sample
constexpr size_t kMessagesMax = 12;  // of one prompt
constexpr size_t kTagsMax = 6;

struct Message {
  std::string role;
  ShownText text;
};

// The parts of a sample that are stored as JSON, ready to be shown.
struct Question {
  std::vector<Message> messages;
  std::vector<Image> images;
  ShownText expected;
  bool has_expected = false;
  std::string also;  // further accepted answers
  std::vector<std::string> tags;
};

std::string text_member(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

ShownText cut(std::string_view text) {
  Excerpt e = excerpt(text, kTextPointsMax);
  return {std::move(e.text), e.cut};
}

void read_message(const Json& json, Question& q) {
  q.messages.push_back({text_member(json, "role"), cut(text_member(json, "content"))});
  const Json* images = find_member(json, "images");
  if (images == nullptr || !images->is_array()) return;
  for (const Json& image : *images) {
    if (q.images.size() == kImagesMax) return;
    Image out;
    out.path = text_member(image, "path");
    out.media_type = text_member(image, "media_type");
    out.sha256 = text_member(image, "sha256");
    q.images.push_back(std::move(out));
  }
}

void read_request(const std::string& text, Question& q) {
  const Result<Json> doc = parse_json(text, "request");
  const Json* messages = doc ? find_member(*doc, "messages") : nullptr;
  if (messages == nullptr || !messages->is_array()) {
    q.messages.push_back({"", cut(text)});
    return;
  }
  for (const Json& message : *messages) {
    if (q.messages.size() == kMessagesMax) return;
    read_message(message, q);
  }
}

void read_targets(const Json& targets, Question& q) {
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!targets[i].is_string()) continue;
    const auto text = targets[i].get<std::string>();
    if (i == 0) {
      q.expected = cut(text);
      q.has_expected = true;
    } else if (q.also.size() < kTextPointsMax) {
      q.also += (q.also.empty() ? "" : " | ") + excerpt(text, 200).text;
    }
  }
}

void read_truth(const std::string& text, Question& q) {
  const Result<Json> doc = parse_json(text, "truth");
  if (!doc) return;
  const Json* targets = find_member(*doc, "targets");
  if (targets != nullptr && targets->is_array()) read_targets(*targets, q);
  const Json* fields = find_member(*doc, "fields");
  if (q.has_expected || fields == nullptr || !fields->is_object()) return;
  std::string lines;
  for (const auto& [key, value] : fields->items()) {
    lines += (lines.empty() ? "" : "\n") + key + ": " +
             (value.is_string() ? value.get<std::string>() : dump_json(value));
  }
  q.expected = cut(lines);
  q.has_expected = !lines.empty();
}

void read_tags(const std::string& text, Question& q) {
  if (text.empty()) return;
  const Result<Json> doc = parse_json(text, "tags");
  if (!doc || !doc->is_object()) return;
  for (const auto& [key, value] : doc->items()) {
    if (q.tags.size() == kTagsMax) return;
    q.tags.push_back(key + " " + (value.is_string() ? value.get<std::string>() : dump_json(value)));
  }
}

Question read_question(const ShownSample& sample) {
  Question q;
  read_request(sample.request, q);
  read_truth(sample.truth, q);
  read_tags(sample.tags, q);
  return q;
}

void add_text(Html& h, const Page& page, const ShownText& text) {
  h.open("pre", "text").text(text.text).close();
  if (text.cut > 0) {
    h.leaf("p", "small", page.say(Msg::kCutNote, {{"count", format_count(text.cut)}}));
  }
}

// Right, partly right, wrong, or no answer: what a reader looks for first.
enum class Standing { kRight, kPartly, kWrong, kNone };

const Score* headline_score(const SuiteSummary& suite, const ShownReply& reply) {
  if (suite.suite.metrics.empty()) return nullptr;
  for (const Score& s : reply.scores) {
    if (s.metric == suite.suite.metrics.front().name) return &s;
  }
  return nullptr;
}

Standing standing(const SuiteSummary& suite, const ShownReply& reply) {
  const Score* score = headline_score(suite, reply);
  if (!is_answer(reply.outcome) || score == nullptr || score->status != ScoreStatus::kScored) {
    return Standing::kNone;
  }
  const MetricDef& def = suite.suite.metrics.front();
  const double perfect = def.higher_is_better ? 1 : 0;
  if (score->value == perfect) return Standing::kRight;
  if (def.binary || score->value == 1 - perfect) return Standing::kWrong;
  return Standing::kPartly;
}

std::string score_text(const MetricDef& def, const Score& score, const Page& page) {
  if (score.status != ScoreStatus::kScored) return std::string(page.say(Msg::kUnscored));
  if (score.weight == 0) return std::string(kNotAvailable);
  const Estimate e{score.value, std::nullopt, std::nullopt, 1, ""};
  if (def.binary) return score.value >= 1 ? "✓" : "✗";
  return format_value(def, e);
}

std::string chip_text(const Page& page, const SuiteSummary& suite, const ShownReply& reply) {
  if (!is_answer(reply.outcome)) return "!";
  const Score* score = headline_score(suite, reply);
  if (score == nullptr) return "?";
  if (score->status != ScoreStatus::kScored) return "?";
  return score_text(suite.suite.metrics.front(), *score, page);
}

std::string standing_class(Standing s) {
  switch (s) {
    case Standing::kRight:
      return "chip right";
    case Standing::kPartly:
      return "chip partly";
    case Standing::kWrong:
      return "chip wrong";
    default:
      return "chip none";
  }
}

void add_chip(Html& h, const Page& page, const SuiteSummary& suite, const ShownReply& reply) {
  const std::string& name = suite.models[reply.model].model.name;
  h.open("span", {{"class", standing_class(standing(suite, reply))}, {"title", name}});
  h.add(mark_icon(page.style(name))).leaf("span", "", chip_text(page, suite, reply)).close();
}

void add_diff(Html& h, const Page& page, const std::string& expected, const std::string& got) {
  h.leaf("h6", "", page.say(Msg::kDiff)).open("pre", "text diff");
  const std::vector<DiffPart> parts = diff_texts(expected, got);
  // A replacement of whole lines reads better one below the other.
  const bool replaced = parts.size() == 2 && parts[0].kind == DiffKind::kDelete &&
                        parts[0].text.find('\n') != std::string::npos;
  for (const DiffPart& part : parts) {
    if (replaced && part.kind == DiffKind::kInsert) h.raw("\n");
    if (part.kind == DiffKind::kEqual) {
      h.text(part.text);
    } else if (part.kind == DiffKind::kDelete) {
      h.leaf("del", "", part.text);
    } else {
      h.leaf("ins", "", part.text);
    }
  }
  h.close();
}

void add_scores(Html& h, const Page& page, const SuiteSummary& suite, const ShownReply& reply) {
  h.open("p", "scores");
  for (const Score& score : reply.scores) {
    const auto def = std::find_if(suite.suite.metrics.begin(), suite.suite.metrics.end(),
                                  [&](const MetricDef& d) { return d.name == score.metric; });
    if (def == suite.suite.metrics.end()) continue;
    h.open("span", "score").leaf("span", "score-name", score.metric).raw(" ");
    h.leaf("span", "score-value", score_text(*def, score, page));
    if (!score.reason.empty()) h.leaf("span", "reason", " " + score.reason);
    h.close().raw(" ");
  }
  h.close();
}

std::string reply_facts(const Page& page, const SuiteSummary& suite, const ShownReply& reply) {
  std::string out;
  if (reply.latency_ns >= 0 && is_answer(reply.outcome)) {
    out = format_seconds(static_cast<double>(reply.latency_ns) * 1e-9);
  }
  if (reply.outcome != Outcome::kOk) {
    out += (out.empty() ? "" : " · ") + std::string(outcome_name(reply.outcome));
  }
  if (suite.suite.repeats > 1) {
    out += (out.empty() ? "" : " · ") +
           page.say(Msg::kRepeat, {{"n", std::to_string(reply.repeat + 1)}});
  }
  if (reply.attempts > 1) {
    out += (out.empty() ? "" : " · ") +
           page.say(Msg::kAttempts, {{"n", std::to_string(reply.attempts)}});
  }
  return out;
}

void add_answer(Html& h, const Page& page, const ShownReply& reply, const Question& q) {
  const bool judged = !reply.judged.text.empty() && reply.judged.text != reply.answer.text;
  if (!is_answer(reply.outcome) && reply.answer.text.empty()) {
    h.open("p", "failure").text(page.say(Msg::kNoReply));
    if (!reply.error.empty()) h.text(": " + reply.error);
    h.close();
    return;
  }
  const std::string& compared = judged ? reply.judged.text : reply.answer.text;
  if (q.has_expected && compared == q.expected.text) {
    if (judged) {
      h.leaf("h6", "", page.say(Msg::kGot));
      add_text(h, page, reply.answer);
    }
    h.leaf("p", "same", page.say(Msg::kSameAsExpected));
    return;
  }
  h.leaf("h6", "", page.say(Msg::kGot));
  if (reply.answer.text.empty()) {
    h.leaf("p", "empty", page.say(Msg::kEmptyAnswer));
  } else {
    add_text(h, page, reply.answer);
  }
  if (judged) {
    h.leaf("h6", "", page.say(Msg::kJudged));
    add_text(h, page, reply.judged);
  }
  if (q.has_expected && !compared.empty()) add_diff(h, page, q.expected.text, compared);
}

void add_reply(Html& h, const Page& page, const SuiteSummary& suite, const ShownReply& reply,
               const Question& q) {
  const std::string& name = suite.models[reply.model].model.name;
  h.open("div", "reply").open("h5", "").add(model_name(page, name));
  h.open("span", {{"class", standing_class(standing(suite, reply))}});
  h.text(chip_text(page, suite, reply)).close();
  h.leaf("span", "facts-line", reply_facts(page, suite, reply)).close();
  add_scores(h, page, suite, reply);
  add_answer(h, page, reply, q);
  if (!reply.reasoning.text.empty()) {
    h.open("details", "fold").leaf("summary", "", page.say(Msg::kReasoning));
    add_text(h, page, reply.reasoning);
    h.close();
  }
  h.close();
}

std::string snippet(const Question& q) {
  if (q.messages.empty()) return {};
  // Prompts of a suite begin alike; their ends tell them apart.
  const std::vector<char32_t> points = to_code_points(q.messages.back().text.text);
  const size_t from = points.size() > kSnippetPoints ? points.size() - kSnippetPoints : 0;
  std::string line = from > 0 ? "…" : "";
  for (size_t i = from; i < points.size(); ++i) {
    append_utf8(line, points[i] == '\n' ? U' ' : points[i]);
  }
  return line;
}

void add_question(Html& h, const Page& page, const ShownSample& sample, const Question& q,
                  PictureShelf& shelf) {
  h.open("div", "question");
  for (const Image& image : q.images) h.add(shelf.show(image, sample.id));
  for (const Message& m : q.messages) {
    if (m.text.text.empty()) continue;
    h.open("h6", "").text(page.say(Msg::kPrompt));
    if (!m.role.empty() && q.messages.size() > 1) h.text(" · " + m.role);
    h.close();
    add_text(h, page, m.text);
  }
  if (q.has_expected) {
    h.leaf("h6", "", page.say(Msg::kExpected));
    add_text(h, page, q.expected);
  }
  if (!q.also.empty()) {
    h.leaf("h6", "", page.say(Msg::kAlsoAccepted)).open("pre", "text").text(q.also).close();
  }
  h.close();
}

Html sample_block(const Page& page, const SuiteSummary& suite, const ShownSample& sample,
                  PictureShelf& shelf) {
  const Question q = read_question(sample);
  Html h;
  h.open("details", "sample").open("summary").leaf("span", "id", excerpt(sample.id, 80).text);
  h.leaf("span", "snippet", snippet(q)).open("span", "chips");
  for (const ShownReply& reply : sample.replies) add_chip(h, page, suite, reply);
  h.close().close().open("div", "sample-body");
  if (!q.tags.empty()) {
    h.open("p", "tags");
    for (const std::string& tag : q.tags) h.leaf("span", "tag", excerpt(tag, 60).text).raw(" ");
    h.close();
  }
  add_question(h, page, sample, q, shelf);
  h.open("div", "replies");
  for (const ShownReply& reply : sample.replies) add_reply(h, page, suite, reply, q);
  h.close().close().close();
  return h;
}

uint64_t replies_in_run(const SuiteSummary& suite) {
  uint64_t total = 0;
  for (const ModelResult& m : suite.models) total += m.items_answered + m.items_failed;
  return total;
}

Html intro(const Page& page, uint64_t total, size_t shown, size_t samples, bool every_model) {
  Html h;
  if (total == 0 && shown == 0)
    return std::move(h.leaf("p", "intro", page.say(Msg::kSamplesEmpty)));
  if (shown >= total) {
    return std::move(
        h.leaf("p", "intro", page.say(Msg::kSamplesAll, {{"total", format_count(shown)}})));
  }
  h.open("p", "intro")
      .text(page.say(Msg::kSamplesShown, {{"shown", format_count(shown)},
                                          {"total", format_count(total)},
                                          {"samples", format_count(samples)},
                                          {"left", format_count(total - shown)}}));
  h.raw(" ").leaf("code", "", export_command(page));
  if (!every_model) h.raw(" ").text(page.say(Msg::kSamplesSome));
  return std::move(h.close());
}

}  // namespace

Result<Html> samples_section(const Page& page, const SuiteSummary& suite, size_t bytes_max,
                             PictureBudget& pictures) {
  Html h;
  h.open("section", "card samples").leaf("h3", "", page.say(Msg::kSamples));
  if (page.stores.empty()) {
    return std::move(h.leaf("p", "intro", page.say(Msg::kSamplesNone)).close());
  }
  ASSAY_TRY(const SamplePick pick, pick_samples(page.stores, suite, kItemsShownMax));
  PictureShelf shelf(page, pictures);
  Html list;
  size_t shown = 0;
  size_t samples = 0;
  for (const ShownSample& sample : pick.samples) {
    const Html block = sample_block(page, suite, sample, shelf);
    if (list.size() + block.size() > bytes_max + shelf.bytes_used()) break;
    list.add(block);
    shown += sample.replies.size();
    ++samples;
  }
  h.add(intro(page, replies_in_run(suite), shown, samples, pick.every_model)).add(list);
  return std::move(h.close());
}

}  // namespace assay::reports::html
