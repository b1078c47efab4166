#include "backends/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "backends/url.h"
#include "harness/base/base64.h"

namespace assay::backends {
namespace {

constexpr size_t kKeyBytesMax = size_t{16} << 10;
// A masked echo shows at least so much of the key at one end.
constexpr size_t kMaskedEndBytes = 3;

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// What may stand in a header line: visible ASCII and inner spaces.
bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

Result<std::string> read_small(const File& file, const std::string& path) {
  std::string text(kKeyBytesMax + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = read(file.fd(), text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return input_error(path, fmt::format("cannot be read ({})", std::strerror(errno)));
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > kKeyBytesMax)
    return input_error(path, fmt::format("larger than {} bytes, expected one line with a key "
                                         "(limit kKeyBytesMax)",
                                         kKeyBytesMax));
  text.resize(size);
  return text;
}

// base64 of the bytes wherever they stand in something larger: at each of the three offsets, the
// characters that hold nothing but these bytes.
std::vector<std::string> base64_forms(std::string_view bytes) {
  std::vector<std::string> forms;
  for (size_t offset = 0; offset < 3; ++offset) {
    const std::string shifted = std::string(offset, '\0') + std::string(bytes);
    std::string text;
    append_base64(text, shifted);
    text.resize(shifted.size() * 8 / 6);          // whole characters only
    text.erase(0, offset == 0 ? 0 : offset + 1);  // those that hold bits of what stood before
    forms.push_back(std::move(text));
  }
  return forms;
}

std::string url_safe(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::vector<std::string> forms_of(const std::string& value) {
  std::vector<std::string> forms = base64_forms(value);
  for (size_t i = 0; i < 3; ++i) forms.push_back(url_safe(forms[i]));
  forms.push_back(value);
  forms.push_back(json_escaped(value));
  forms.push_back(percent_encode(value));
  std::string lower_hex = percent_encode(value);
  for (size_t i = 0; i + 2 < lower_hex.size(); ++i) {
    if (lower_hex[i] != '%') continue;
    for (size_t j = i + 1; j <= i + 2; ++j)
      if (lower_hex[j] >= 'A' && lower_hex[j] <= 'F')
        lower_hex[j] = static_cast<char>(lower_hex[j] + ('a' - 'A'));
  }
  forms.push_back(std::move(lower_hex));
  std::sort(forms.begin(), forms.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  return forms;
}

bool is_key_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '+' || c == '/' || c == '=' || c == '*' || c == '.';
}

size_t common_prefix(std::string_view a, std::string_view b) {
  size_t n = 0;
  while (n < a.size() && n < b.size() && a[n] == b[n]) ++n;
  return n;
}

size_t common_suffix(std::string_view a, std::string_view b) {
  size_t n = 0;
  while (n < a.size() && n < b.size() && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

// "sk-ab*****wxyz", "sk-ab...": a mask, and one end of it an end of the key.
bool is_masked_echo(std::string_view word, std::string_view key) {
  if (word.find("**") == std::string_view::npos && word.find("...") == std::string_view::npos)
    return false;
  while (word.ends_with('.') && !word.ends_with("...")) word.remove_suffix(1);
  const size_t head = common_prefix(word, key);
  const size_t tail = common_suffix(word, key);
  const auto is_mask = [&](size_t at) { return word[at] == '*' || word[at] == '.'; };
  return (head >= kMaskedEndBytes && head < word.size() && is_mask(head)) ||
         (tail >= kMaskedEndBytes && tail < word.size() && is_mask(word.size() - 1 - tail));
}

}  // namespace

Result<Secret> read_key_file(const std::string& path, const Warn& warn) {
  const File file(path);
  if (file.fd() < 0)
    return input_error(path, fmt::format("key file cannot be opened ({})", std::strerror(errno)));
  struct stat info {};
  if (fstat(file.fd(), &info) != 0 || S_ISDIR(info.st_mode))
    return input_error(path, "key file is a folder, expected a file with one line");
  if ((info.st_mode & (S_IRGRP | S_IROTH)) != 0 && S_ISREG(info.st_mode) && warn) {
    warn(fmt::format("{}: the key file can be read by others (mode {:03o}); `chmod 600 {}`", path,
                     info.st_mode & 0777U, path));
  }
  ASSAY_TRY(const std::string text, read_small(file, path));
  const std::string_view key = trimmed(text);
  if (key.empty()) return input_error(path, "key file is empty, expected one line with the key");
  if (key.find('\n') != std::string_view::npos)
    return input_error(path, "key file has several lines, expected one line with the key");
  if (!is_header_text(key))
    return input_error(path, "the key holds bytes that no header can carry, expected plain ASCII");
  return Secret(std::string(key));
}

Result<Secret> read_key_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (value == nullptr) return Secret();
  const std::string_view key = trimmed(value);
  if (!is_header_text(key) || key.size() > kKeyBytesMax)
    return input_error(name,
                       "the key in this variable holds bytes that no header can carry, "
                       "expected one line of plain ASCII");
  return Secret(std::string(key));
}

void Redactor::add(const Secret& secret, std::string label) {
  const std::string& value = secret.reveal();
  if (value.size() < kSecretBytesMin) return;
  secrets_.push_back({value, std::move(label), forms_of(value)});
}

bool Redactor::replace_forms(std::string& text, bool same_length) const {
  bool found = false;
  for (const Known& known : secrets_) {
    for (const std::string& form : known.forms) {
      size_t at = text.find(form);
      while (at != std::string::npos) {
        found = true;
        const std::string stand_in = same_length ? std::string(form.size(), '*') : known.label;
        text.replace(at, form.size(), stand_in);
        at = text.find(form, at + stand_in.size());
      }
    }
  }
  return found;
}

bool Redactor::replace_fragments(std::string& text, const Known& known) const {
  bool found = false;
  const std::string_view key = known.value;
  for (size_t at = 0; at + kFragmentBytes <= text.size(); ++at) {
    if (std::string_view(text).substr(at).starts_with(known.label)) {
      at += known.label.size() - 1;  // a label may hold what the key holds
      continue;
    }
    const size_t in_key = key.find(std::string_view(text).substr(at, kFragmentBytes));
    if (in_key == std::string_view::npos) continue;
    const size_t length = common_prefix(std::string_view(text).substr(at), key.substr(in_key));
    text.replace(at, length, known.label);
    at += known.label.size() - 1;
    found = true;
  }
  return found;
}

bool Redactor::replace_masked(std::string& text, const Known& known) {
  bool found = false;
  for (size_t begin = 0; begin < text.size(); ++begin) {
    if (!is_key_byte(text[begin])) continue;
    size_t end = begin;
    while (end < text.size() && is_key_byte(text[end])) ++end;
    std::string_view word = std::string_view(text).substr(begin, end - begin);
    if (is_masked_echo(word, known.value)) {
      text.replace(begin, word.size(), known.label);
      end = begin + known.label.size();
      found = true;
    }
    begin = end;
  }
  return found;
}

bool Redactor::redact(std::string& text) const {
  bool found = replace_forms(text, false);
  for (const Known& known : secrets_) {
    found = replace_masked(text, known) || found;
    found = replace_fragments(text, known) || found;
  }
  return found;
}

}  // namespace assay::backends
