// Sample: one question with its target, as a suite's loader produced it. Plain data: made on the
// feeder, read by codecs, scorers and reports.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assay {

// A picture of a request. `content` is null until the feeder loads it, a bounded window ahead of
// the clock.
struct Image {
  std::string path;
  std::string media_type;  // "image/png", from the file's own header
  std::string sha256;      // of the bytes, hex; set with content
  uint32_t width = 0;      // pixels, from the header
  uint32_t height = 0;
  std::shared_ptr<const std::string>
      content;  // shared: the request and the bytes in flight are the same blob
};

// A text whose log-likelihood is asked for. One request may ask for several: the choices of a
// question, or the windows of a long text.
struct Continuation {
  std::string text;
  // What it follows; unset: the messages (for completion formats: the one message's text). An empty
  // context is the beginning of a text.
  std::optional<std::string> context = std::nullopt;
};

// An example of a chat: what the user asked, what the assistant said.
struct ExampleTurn {
  std::string user;
  std::string assistant;
};

// What the model is asked, rendered once when the sample is made, so that the request needs no
// second look at the data row.
struct Prompt {
  std::string system;               // empty: no system message
  std::string text;                 // description, few-shot examples and question
  std::string input;                // the bare question
  std::vector<std::string> images;  // files, in order
  std::string messages;  // the whole conversation where the data has one, as JSON (then no text)
  std::string tools;     // functions the model may call, as JSON; empty: none
  std::vector<ExampleTurn> turns;  // of a chat, before the question
  std::string answer_start;        // of a chat: how the assistant's turn begins; empty: it is free
  // Not empty: their log-likelihoods are asked instead of an answer. As the templates give them:
  // request() moves white space at a context's end to its continuation.
  std::vector<Continuation> continuations;
};

struct Sample {
  uint64_t index = 0;  // position in the suite's test split, 0-based
  std::string id;      // unique in the suite; from the data, or the position
  std::string
      cluster;  // items that belong together (same document, same page); empty: its own cluster
  std::map<std::string, std::string> tags;  // slices: {"language": "ko", "quality": "blurred"}
  std::vector<std::string> targets;         // accepted answers; the first is the one shown
  std::vector<std::string> choices;         // the closed set of answers, where there is one
  std::vector<uint32_t> gold;               // right ones among the choices, where they are known by
                                            // number
  std::vector<std::pair<std::string, std::string>>
      fields;       // field-level truth for documents, in suite order
  std::string doc;  // the data row as JSON text, for scorers that are programs
  Prompt prompt;    // for the suite's own request(); empty in samples read from a run file
};

// Truth (targets, choices, fields) and tags as compact JSON, as the run file keeps them; tags of
// none are "".
std::string truth_to_json(const Sample& sample);
std::string tags_to_json(const Sample& sample);

// One line of the train split, for models that learn from it.
struct TrainingExample {
  std::string input;
  std::string target;
};

}  // namespace assay
