#include "backends/managed/output_tail.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

// One line as a person sees it: without colours, without what a carriage return wrote over.
std::string clean_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  const size_t overwritten = line.rfind('\r');
  if (overwritten != std::string_view::npos) line.remove_prefix(overwritten + 1);
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
      i = std::min(line.find_first_of("ABCDEFGHJKSTfhlmnsu", i + 2), line.size());
    } else if (static_cast<uint8_t>(line[i]) >= 0x20 && line[i] != '\x7f') {
      out += line[i];
    } else if (line[i] == '\t') {
      out += ' ';
    }
  }
  return sanitize_utf8(out);
}

}  // namespace

void OutputTail::add(std::string_view bytes) {
  if (bytes.size() > kBytesMax) bytes.remove_prefix(bytes.size() - kBytesMax);
  text_ += bytes;
  if (text_.size() > 2 * kBytesMax) text_.erase(0, text_.size() - kBytesMax);
}

std::string OutputTail::lines(size_t count) const {
  std::vector<std::string> found;
  std::string_view rest(text_);
  if (rest.size() > kBytesMax) rest.remove_prefix(rest.size() - kBytesMax);
  while (!rest.empty() && found.size() < count) {
    const size_t feed = rest.rfind('\n');
    std::string line = clean_line(feed == std::string_view::npos ? rest : rest.substr(feed + 1));
    if (!line.empty()) found.push_back(std::move(line));
    rest = feed == std::string_view::npos ? std::string_view() : rest.substr(0, feed);
  }
  std::string joined;
  for (auto line = found.rbegin(); line != found.rend(); ++line) {
    if (!joined.empty()) joined += '\n';
    joined += *line;
  }
  return joined;
}

}  // namespace assay::backends
