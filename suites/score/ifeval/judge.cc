#include "suites/score/ifeval/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "suites/language/python_text.h"

namespace assay::suites::ifeval {
namespace {

std::string stripped(std::string_view text) {
  const std::u32string points = language::to_points(text);
  return language::to_bytes(language::strip(points));
}

std::string_view without_first_line(std::string_view text) {
  const size_t at = text.find('\n');
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
}

std::string_view without_last_line(std::string_view text) {
  const size_t at = text.rfind('\n');
  return at == std::string_view::npos ? std::string_view{} : text.substr(0, at);
}

// Asks about one version; false when an instruction could not tell.
bool ask(const std::vector<std::unique_ptr<Instruction>>& instructions, std::string version,
         std::vector<bool>& followed, std::string& cannot) {
  const Reply reply(std::move(version));
  if (language::is_blank(reply.points())) return true;
  for (size_t i = 0; i < instructions.size(); ++i) {
    if (followed[i]) continue;
    const Followed answer = instructions[i]->check(reply);
    if (!answer.cannot.empty()) {
      cannot = fmt::format("instruction {}: {}", i + 1, answer.cannot);
      return false;
    }
    followed[i] = answer.yes;
  }
  return true;
}

bool all(const std::vector<bool>& followed) {
  return std::all_of(followed.begin(), followed.end(), [](bool one) { return one; });
}

}  // namespace

std::string reply_version(std::string_view reply, size_t version) {
  std::string out;
  switch (version % 4) {
    case 0:
      out = reply;
      break;
    case 1:
      out = stripped(without_first_line(reply));
      break;
    case 2:
      out = stripped(without_last_line(reply));
      break;
    default:
      out = stripped(without_last_line(without_first_line(reply)));
  }
  if (version >= 4) std::erase(out, '*');
  return out;
}

Judgement judge_reply(const std::vector<std::unique_ptr<Instruction>>& instructions,
                      std::string_view reply) {
  Judgement out;
  std::vector<bool> followed(instructions.size(), false);
  // Without asterisks the second half of the versions are the first again.
  const size_t versions = reply.find('*') == std::string_view::npos ? kVersions / 2 : kVersions;
  for (size_t version = 0; version < versions; ++version) {
    if (version > 0 && all(followed)) break;
    if (!ask(instructions, reply_version(reply, version), followed, out.cannot)) return out;
    if (version == 0) out.strict = followed;
  }
  out.loose = std::move(followed);
  return out;
}

}  // namespace assay::suites::ifeval
