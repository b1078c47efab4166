// For tests of in-process backends: a suite in memory, and questions asked through a transport the
// way the run loop asks them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/backend.h"
#include "harness/api/suite.h"
#include "harness/base/check.h"

namespace assay::backends {

class MemorySuite final : public Suite {
 public:
  explicit MemorySuite(std::string name) { info_.name = std::move(name); }

  std::vector<TrainingExample> train_lines;
  std::vector<std::string> questions;
  std::vector<std::string> choices;

  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return questions.size(); }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override {
    Sample sample;
    sample.index = index;
    sample.id = "q" + std::to_string(index);
    sample.choices = choices;
    return sample;
  }
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override {
    return "q" + std::to_string(index);
  }
  [[nodiscard]] Result<Request> request(const Sample& sample, uint32_t /*repeat*/) const override {
    Request request;
    request.suite = info_.name;
    request.input = questions[sample.index];
    request.messages.push_back({"user", questions[sample.index], {}});
    request.choices = choices;
    return request;
  }
  [[nodiscard]] uint64_t train_size() const override { return train_lines.size(); }
  [[nodiscard]] Result<TrainingExample> train(uint64_t index) const override {
    return train_lines[index];
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  SuiteInfo info_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

inline AttemptPtr make_attempt(const std::string& suite, const std::string& question,
                               const std::string& id = "q0", uint32_t repeat = 0) {
  auto attempt = std::make_unique<Attempt>();
  attempt->sample.id = id;
  attempt->key.repeat = repeat;
  attempt->request.suite = suite;
  attempt->request.input = question;
  attempt->request.messages.push_back({"user", question, {}});
  return attempt;
}

// A transport with a place to wait for it.
class Asker {
 public:
  Asker(Transport& transport, const Codec& codec) : transport_(transport), codec_(codec) {
    transport_.set_wake([this] {
      const std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_all();
    });
  }

  // Starts all, and gives them back in the order given, each with its response decoded.
  std::vector<AttemptPtr> ask(std::vector<AttemptPtr> attempts) {
    const size_t count = attempts.size();
    for (size_t i = 0; i < count; ++i) {
      attempts[i]->key.sample = i;
      transport_.start(std::move(attempts[i]));
    }
    std::vector<AttemptPtr> done(count);
    for (size_t ended = 0; ended < count;) {
      for (Piece& piece : next_pieces()) {
        if (take(piece, done)) ++ended;
      }
    }
    return done;
  }
  Response ask_one(AttemptPtr attempt) {
    std::vector<AttemptPtr> attempts;
    attempts.push_back(std::move(attempt));
    return ask(std::move(attempts))[0]->response;
  }

  // Blocks until there is something.
  std::vector<Piece> next_pieces() {
    std::vector<Piece> pieces;
    while (true) {
      transport_.collect(pieces);
      if (!pieces.empty()) return pieces;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return woken_; });
      woken_ = false;
    }
  }

 private:
  bool take(Piece& piece, std::vector<AttemptPtr>& done) {
    std::unique_ptr<Decoder>& decoder = decoders_[piece.stream];
    if (decoder == nullptr) decoder = codec_.decoder();
    decoder->feed(piece.bytes, piece.stamps);
    if (piece.end == nullptr) return false;
    // As the loop has it: kOk unless the transport knows better.
    decoder->finish(*piece.end, piece.end->response);
    const size_t index = piece.end->key.sample;
    ASSAY_CHECK(index < done.size(), "sample {}", index);
    done[index] = std::move(piece.end);
    return true;
  }

  Transport& transport_;
  const Codec& codec_;
  std::map<uint64_t, std::unique_ptr<Decoder>> decoders_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace assay::backends
