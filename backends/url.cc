#include "backends/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace assay::backends {
namespace {

constexpr std::string_view kHostBytes = "abcdefghijklmnopqrstuvwxyz0123456789.-_~%";
constexpr std::string_view kTokenBytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c; }

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

Error url_error(std::string message) { return input_error("", std::move(message)); }

std::optional<unsigned> hex_byte(std::string_view digits) {
  unsigned value = 0;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || failed != std::errc() || end != digits.data() + 2) return std::nullopt;
  return value;
}

// Of the credentials; what is no escape stays as it is.
std::string decode_userinfo(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::optional<unsigned> byte =
        text[i] == '%' ? hex_byte(text.substr(i + 1, 2)) : std::nullopt;
    out += byte ? static_cast<char>(*byte) : text[i];
    if (byte) i += 2;
  }
  return out;
}

Result<int> parse_port(std::string_view digits) {
  int port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535)
    return url_error(fmt::format("port `{}`, expected 1..65535", digits));
  return port;
}

// "[::1]:80" or "host:80".
Result<void> parse_authority(std::string_view text, Url& url) {
  const size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const size_t host_end =
      bracket == std::string_view::npos ? std::min(text.find(':'), text.size()) : bracket + 1;
  url.host = lower_case(text.substr(0, host_end));
  const bool sound = bracket == std::string_view::npos
                         ? url.host.find_first_not_of(kHostBytes) == std::string::npos
                         : url.host.find_first_not_of("[]:.0123456789abcdef") == std::string::npos;
  if (url.host.empty() || !sound)
    return url_error(fmt::format("host `{}`, expected a name or an address", url.host));
  const std::string_view rest = text.substr(host_end);
  if (rest.empty()) return {};
  if (rest[0] != ':') return url_error(fmt::format("`{}` behind the host, expected :PORT", rest));
  ASSAY_TRY(url.port, parse_port(rest.substr(1)));
  return {};
}

bool has_control_or_space(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f;
  });
}

}  // namespace

std::string Url::text() const {
  return fmt::format("{}://{}{}{}{}", scheme, host, port == 0 ? "" : fmt::format(":{}", port), path,
                     query);
}

bool Url::is_loopback() const {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  const size_t colon = text.find("://");
  url.scheme = lower_case(text.substr(0, std::min(colon, text.size())));
  if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https"))
    return url_error(fmt::format("`{}` is no URL, expected http://... or https://...",
                                 hide_url_credentials(text)));
  std::string_view rest = text.substr(colon + 3);
  const size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  rest.remove_prefix(authority_end);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = Secret(decode_userinfo(authority.substr(0, at)));
    authority.remove_prefix(at + 1);
  }
  ASSAY_TRY_VOID(parse_authority(authority, url));
  if (has_control_or_space(rest))
    return url_error("a URL with spaces, control characters or other bytes that need %XX");
  if (rest.find('#') != std::string_view::npos)
    return url_error(fmt::format("`{}` has a `#`, expected none here", rest));
  const size_t question = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(0, question);
  url.query = rest.substr(question);
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

std::string hide_url_credentials(std::string_view text) {
  std::string out;
  while (true) {
    const size_t begin = text.find("://");
    if (begin == std::string_view::npos) return out.append(text);
    out += text.substr(0, begin + 3);
    text.remove_prefix(begin + 3);
    const std::string_view authority = text.substr(0, text.find_first_of("/?# \t\r\n\"'"));
    const size_t at = authority.rfind('@');
    if (at == std::string_view::npos) continue;
    out += "[redacted]";
    text.remove_prefix(at);
  }
}

Result<void> check_header(std::string_view line) {
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, std::min(colon, line.size()));
  if (colon == std::string_view::npos || name.empty() ||
      name.find_first_not_of(kTokenBytes) != std::string_view::npos)
    return url_error("a header that is not `Name: value`");
  static constexpr std::array kSecret = {
      "authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie"};
  const std::string lowered = lower_case(name);
  if (std::find(kSecret.begin(), kSecret.end(), lowered) != kSecret.end())
    return url_error(
        fmt::format("header `{}` carries a key; keys come from the environment or a "
                    "file: key_env=NAME or key_file=FILE",
                    name));
  static constexpr std::array kOurs = {"content-length", "transfer-encoding", "host", "connection",
                                       "expect",         "content-type"};
  if (std::find(kOurs.begin(), kOurs.end(), lowered) != kOurs.end())
    return url_error(fmt::format("header `{}` is set by Assay itself", name));
  for (const char c : line.substr(colon + 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7f || (byte < 0x20 && c != '\t'))
      return url_error(fmt::format("header `{}` holds a control character", name));
  }
  return {};
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
                              std::string_view::npos;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace assay::backends
