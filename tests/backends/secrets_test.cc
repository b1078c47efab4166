#include "backends/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <type_traits>
#include <vector>

#include "backends/url.h"
#include "harness/base/base64.h"
#include "tests/support/temp_dir.h"

namespace assay::backends {
namespace {

constexpr const char* kKey = "sk-proj-Ab3/x+Zq9\"Lm_77-END";

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Streamable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

Redactor redactor_of(const std::string& key) {
  Redactor redactor;
  redactor.add(Secret(key), "[OPENAI_API_KEY]");
  return redactor;
}

std::string base64_text(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

TEST(Redactor, EveryFormOfAKeyBecomesItsLabel) {
  const std::string key = kKey;
  const Redactor redactor = redactor_of(key);
  std::string url_safe = base64_text(key);
  for (char& c : url_safe) c = c == '+' ? '-' : c == '/' ? '_' : c;
  std::vector<std::string> forms{key,
                                 percent_encode(key),
                                 "sk-proj-Ab3/x+Zq9\\\"Lm_77-END",
                                 base64_text(key),
                                 base64_text("u:" + key),
                                 base64_text("xy:" + key + "tail"),
                                 base64_text("abcd" + key),
                                 url_safe};
  for (const std::string& form : forms) {
    std::string text = "before " + form + " after";
    EXPECT_TRUE(redactor.redact(text)) << form;
    EXPECT_THAT(text, ::testing::HasSubstr("[OPENAI_API_KEY]")) << form;
    for (size_t i = 0; i + 12 <= key.size(); ++i)
      EXPECT_EQ(text.find(key.substr(i, 12)), std::string::npos) << text;
    EXPECT_EQ(text.substr(0, 7), "before ");
  }
}

TEST(Redactor, WhatProvidersEchoOfAKey) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Redactor redactor = redactor_of("sk-proj-abcdefghijklmnop1234");
  for (const Case& one : {
           Case{"Incorrect API key provided: sk-proj-********************1234. See https://x.y/k.",
                "Incorrect API key provided: [OPENAI_API_KEY] See https://x.y/k."},
           Case{"bad key ****1234", "bad key [OPENAI_API_KEY]"},
           Case{"bad key sk-pro...", "bad key [OPENAI_API_KEY]"},
           Case{"key begins with sk-proj-abcdef", "key begins with [OPENAI_API_KEY]"},
           Case{"tail klmnop1234!", "tail [OPENAI_API_KEY]!"},
           Case{"Invalid key.", "Invalid key."},
           Case{"wait ... 1234 tokens **bold**", "wait ... 1234 tokens **bold**"},
       }) {
    std::string text = one.text;
    redactor.redact(text);
    EXPECT_EQ(text, one.expected);
  }
}

TEST(Redactor, AnswersKeepTheirLength) {
  const Redactor redactor = redactor_of("sk-0123456789");
  std::string text = "a sk-0123456789 b sk-0123456789";
  EXPECT_TRUE(redactor.mask(text));
  EXPECT_EQ(text, "a ************* b *************");
  text = "parts like sk-012345 are the model's own words";
  EXPECT_FALSE(redactor.mask(text));
  EXPECT_EQ(text, "parts like sk-012345 are the model's own words");
}

TEST(Redactor, ShortSecretsAndStarsAreLeftAlone) {
  std::string text = "token token ********";
  EXPECT_FALSE(redactor_of("token").redact(text));
  EXPECT_TRUE(redactor_of("token").empty());
  EXPECT_TRUE(redactor_of("********").mask(text));
  EXPECT_EQ(text, "token token ********");
}

class KeyFile : public ::testing::Test {
 protected:
  std::string write(const std::string& text, mode_t mode = 0600) {
    const std::string path = dir_.write("key.txt", text);
    chmod(path.c_str(), mode);
    return path;
  }
  std::string error(const std::string& path) {
    const Result<Secret> key = read_key_file(path, {});
    return key ? "no error" : key.error().text();
  }
  test::TempDir dir_;
};

TEST_F(KeyFile, TrimmedAndOneLine) {
  EXPECT_EQ(read_key_file(write("  sk-1234567890 \r\n\n"), {})->reveal(), "sk-1234567890");
  std::string path = write("one\ntwo\n");
  EXPECT_EQ(error(path), path + ": key file has several lines, expected one line with the key");
  path = write(" \n");
  EXPECT_EQ(error(path), path + ": key file is empty, expected one line with the key");
  path = write("sk-\x01");
  EXPECT_EQ(error(path),
            path + ": the key holds bytes that no header can carry, expected plain ASCII");
  path = write(std::string(20'000, 'x'));
  EXPECT_EQ(error(path), path +
                             ": larger than 16384 bytes, expected one line with a key (limit "
                             "kKeyBytesMax)");
  EXPECT_EQ(error("/no/such/file"),
            "/no/such/file: key file cannot be opened (No such file or directory)");
  EXPECT_EQ(error(dir_.path()),
            dir_.path() + ": key file is a folder, expected a file with one line");
}

TEST_F(KeyFile, OthersWhoMayReadItAreAWarning) {
  std::vector<std::string> warnings;
  const Warn warn = [&](const std::string& text) { warnings.push_back(text); };
  ASSERT_TRUE(read_key_file(write("sk-1234567890", 0600), warn));
  EXPECT_TRUE(warnings.empty());
  const std::string path = write("sk-1234567890", 0644);
  ASSERT_TRUE(read_key_file(path, warn));
  EXPECT_EQ(warnings, std::vector<std::string>{path +
                                               ": the key file can be read by others (mode "
                                               "644); `chmod 600 " +
                                               path + "`"});
}

TEST(KeyVariable, UnsetEmptyAndUnusable) {
  unsetenv("ASSAY_TEST_KEY");
  EXPECT_TRUE(read_key_variable("ASSAY_TEST_KEY")->empty());
  setenv("ASSAY_TEST_KEY", " sk-1 \n", 1);
  EXPECT_EQ(read_key_variable("ASSAY_TEST_KEY")->reveal(), "sk-1");
  setenv("ASSAY_TEST_KEY", "sk-1\r\nx-evil: 1", 1);
  const Result<Secret> key = read_key_variable("ASSAY_TEST_KEY");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().text(),
            "ASSAY_TEST_KEY: the key in this variable holds bytes that no "
            "header can carry, expected one line of plain ASCII");
  unsetenv("ASSAY_TEST_KEY");
}

TEST(ParseUrl, Parts) {
  struct Case {
    const char* text;
    const char* without;
    const char* userinfo;
    bool loopback;
  };
  for (const Case& one : {
           Case{"http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1", "", true},
           Case{"HTTPS://API.Example.com", "https://api.example.com", "", false},
           Case{"http://me:p%40ss@host/v1?a=b", "http://host/v1?a=b", "me:p@ss", false},
           Case{"http://[::1]:80/", "http://[::1]:80", "", true},
           Case{"http://localhost/v1", "http://localhost/v1", "", true},
           Case{"http://127.evil.com/v1", "http://127.evil.com/v1", "", false},
           Case{"http://localhost.evil.com", "http://localhost.evil.com", "", false},
       }) {
    const Result<Url> url = parse_url(one.text);
    ASSERT_TRUE(url) << url.error().text();
    EXPECT_EQ(url->text(), one.without);
    EXPECT_EQ(url->userinfo.reveal(), one.userinfo);
    EXPECT_EQ(url->is_loopback(), one.loopback) << one.text;
  }
}

TEST(ParseUrl, ErrorsNameWhatIsWrong) {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& one : {
           Case{"ftp://h/", "`ftp://h/` is no URL, expected http://... or https://..."},
           Case{"host", "`host` is no URL, expected http://... or https://..."},
           Case{"http://", "host ``, expected a name or an address"},
           Case{"http://a b/", "host `a b`, expected a name or an address"},
           Case{"http://h:0/", "port `0`, expected 1..65535"},
           Case{"http://h:99999", "port `99999`, expected 1..65535"},
           Case{"http://[::1]x/", "`x` behind the host, expected :PORT"},
           Case{"http://h/a b",
                "a URL with spaces, control characters or other bytes that need "
                "%XX"},
           Case{"http://h/a#b", "`/a#b` has a `#`, expected none here"},
           Case{"x://u:pass@h/",
                "`x://[redacted]@h/` is no URL, expected http://... or https://..."},
       }) {
    const Result<Url> url = parse_url(one.text);
    ASSERT_FALSE(url) << one.text;
    EXPECT_EQ(url.error().text(), one.message);
  }
}

TEST(HideUrlCredentials, EveryOne) {
  EXPECT_EQ(hide_url_credentials("a http://u:p@h/x https://k@g b://c"),
            "a http://[redacted]@h/x https://[redacted]@g b://c");
  EXPECT_EQ(hide_url_credentials("mail a@b.c http://h/x@y"), "mail a@b.c http://h/x@y");
}

TEST(CheckHeader, Rules) {
  EXPECT_TRUE(check_header("X-Title: my tests"));
  struct Case {
    const char* line;
    const char* message;
  };
  for (const Case& one : {
           Case{"X Title: a", "a header that is not `Name: value`"},
           Case{"no colon", "a header that is not `Name: value`"},
           Case{"Authorization: Bearer x",
                "header `Authorization` carries a key; keys come from the environment or a file: "
                "key_env=NAME or key_file=FILE"},
           Case{"Host: x", "header `Host` is set by Assay itself"},
           Case{"X-A: b\r\nX-C: d", "header `X-A` holds a control character"},
       }) {
    const Result<void> sound = check_header(one.line);
    ASSERT_FALSE(sound) << one.line;
    EXPECT_EQ(sound.error().text(), one.message);
  }
}

}  // namespace
}  // namespace assay::backends
