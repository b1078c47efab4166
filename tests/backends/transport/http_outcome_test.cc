#include "backends/transport/http_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::backends {
namespace {

using ::testing::HasSubstr;

struct Case {
  FailedTransfer failed;
  Outcome outcome;
  std::string text;
};

TEST(HttpOutcome, CodesBecomeOutcomes) {
  const std::string_view url = "https://user:pw@host.example:8443/v1?key=abc";
  const std::vector<Case> cases{
      {{.code = CURLE_OK}, Outcome::kOk, ""},
      {{.code = CURLE_COULDNT_RESOLVE_HOST},
       Outcome::kConnectError,
       "host.example:8443 was not found"},
      {{.code = CURLE_COULDNT_RESOLVE_PROXY}, Outcome::kConnectError, "proxy"},
      {{.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED},
       Outcome::kConnectError,
       "Connection refused"},
      {{.code = CURLE_COULDNT_CONNECT, .os_error = EMFILE},
       Outcome::kConnectError,
       "Too many open files"},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = 10},
       Outcome::kDenied,
       "has expired"},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = 9},
       Outcome::kDenied,
       "not valid yet"},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = 18},
       Outcome::kDenied,
       "`ca_file`"},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = 20},
       Outcome::kDenied,
       "`ca_file`"},
      {{.code = CURLE_PEER_FAILED_VERIFICATION}, Outcome::kDenied, "is for another host"},
      {{.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = 23},
       Outcome::kDenied,
       "was refused"},
      {{.code = CURLE_SSL_CACERT_BADFILE, .ca_file = "ca.pem"}, Outcome::kDenied, "ca.pem"},
      {{.code = CURLE_SSL_CONNECT_ERROR, .detail = "wrong version number"},
       Outcome::kConnectError,
       "wrong version number"},
      {{.code = CURLE_PARTIAL_FILE, .sent = true, .answered = true},
       Outcome::kTruncated,
       "inside the reply"},
      {{.code = CURLE_RECV_ERROR, .sent = true, .answered = true},
       Outcome::kTruncated,
       "inside the reply"},
      {{.code = CURLE_RECV_ERROR, .sent = true},
       Outcome::kConnectError,
       "before the request was answered"},
      {{.code = CURLE_SEND_ERROR, .sent = true},
       Outcome::kConnectError,
       "before the request was answered"},
      {{.code = CURLE_RECV_ERROR}, Outcome::kConnectError, "no connection to"},
      {{.code = CURLE_RECV_ERROR, .proxy_status = 403}, Outcome::kDenied, "status 403"},
      {{.code = CURLE_GOT_NOTHING, .sent = true},
       Outcome::kConnectError,
       "before the request was answered"},
      {{.code = CURLE_SEND_FAIL_REWIND, .sent = true},
       Outcome::kConnectError,
       "before the request was answered"},
      {{.code = CURLE_ABORTED_BY_CALLBACK, .sent = true},
       Outcome::kConnectError,
       "before the request was answered"},
      {{.code = CURLE_URL_MALFORMAT}, Outcome::kDenied, "https://host.example:8443"},
      {{.code = CURLE_UNSUPPORTED_PROTOCOL, .sent = true},
       Outcome::kMalformed,
       "did not answer with HTTP"},
      {{.code = CURLE_WEIRD_SERVER_REPLY, .sent = true},
       Outcome::kMalformed,
       "did not answer with HTTP"},
      {{.code = CURLE_BAD_CONTENT_ENCODING, .sent = true}, Outcome::kMalformed, "compression"},
      {{.code = CURLE_OUT_OF_MEMORY, .sent = true}, Outcome::kRejected, "headers"},
      {{.code = CURLE_HTTP2_STREAM, .sent = true, .answered = true},
       Outcome::kTruncated,
       "inside the reply"},
      {{.code = CURLE_HTTP2_STREAM, .sent = true},
       Outcome::kConnectError,
       "before the request was answered"},
  };
  for (Case c : cases) {
    c.failed.url = url;
    SCOPED_TRACE(static_cast<int>(c.failed.code));
    const HttpFailure failure = explain(c.failed);
    EXPECT_EQ(outcome_name(failure.outcome), outcome_name(c.outcome));
    EXPECT_THAT(failure.text, HasSubstr(c.text));
    EXPECT_THAT(failure.text, ::testing::Not(::testing::AnyOf(HasSubstr("pw"), HasSubstr("abc"))));
  }
}

TEST(HttpOutcome, UrlsForPeopleHoldNoSecrets) {
  EXPECT_EQ(url_for_people("http://a:1/b?key=c"), "http://a:1");
  EXPECT_EQ(url_for_people("https://user:pw@a/b@c"), "https://a");
  EXPECT_EQ(url_for_people("http://a?x"), "http://a");
  EXPECT_EQ(url_for_people("nonsense"), "nonsense");
}

}  // namespace
}  // namespace assay::backends
