// HttpTransport over TLS and HTTP/2, against nginx with certificates made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "harness/base/subprocess.h"
#include "harness/types/chunk_log.h"
#include "tests/backends/transport/http_support.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"

namespace assay::backends {
namespace {

using namespace std::chrono_literals;
using test::RawConnection;
using test::RawServer;
using ::testing::HasSubstr;

int run(const std::vector<std::string>& argv) {
  SubprocessOptions options;
  options.argv = argv;
  options.in = StdioMode::kNull;
  options.out = StdioMode::kNull;
  options.err = StdioMode::kNull;
  auto child = Subprocess::start(options);
  return child ? (*child)->wait() : -1;
}

// A port that was free a moment ago.
int free_port() {
  return RawServer([](RawConnection& /*c*/) {}).port();
}

class HttpTlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    forget_proxies();
    dir_ = std::make_unique<test::TempDir>();
    make_certificates();
    start_nginx();
  }
  static void TearDownTestSuite() {
    nginx_.reset();
    slow_.reset();
    dir_.reset();
  }
  void SetUp() override {
    if (!up_) GTEST_SKIP() << "nginx or openssl cannot be run here";
  }

  // An authority, and certificates of it for 127.0.0.1, for another name, and an expired one.
  static void make_certificates() {
    ca_ = dir_->file("ca.pem");
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=test authority", "-days", "2", "-keyout", dir_->file("ca.key"),
         "-out", ca_});
    make_certificate("good", "IP:127.0.0.1", "2");
    make_certificate("other", "DNS:other.example", "2");
    make_certificate("expired", "IP:127.0.0.1", "-1");
  }
  static void make_certificate(const std::string& name, const std::string& host,
                               const std::string& days) {
    const std::string extensions = dir_->write(name + ".ext", "subjectAltName=" + host + "\n");
    run({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=" + name, "-keyout", dir_->file(name + ".key"), "-out",
         dir_->file(name + ".csr")});
    run({"openssl", "x509", "-req", "-in", dir_->file(name + ".csr"), "-CA", ca_, "-CAkey",
         dir_->file("ca.key"), "-CAcreateserial", "-days", days, "-extfile", extensions, "-out",
         dir_->file(name + ".pem")});
  }

  static std::string server_block(int port, const std::string& certificate,
                                  const std::string& how) {
    return fmt::format(
        "server {{ listen 127.0.0.1:{0} {2};\n{1}"
        "client_body_buffer_size 1m; client_max_body_size 8m; keepalive_requests 100000;\n"
        "location /v1/slow {{ proxy_pass http://127.0.0.1:{3}; }}\n"
        "location / {{ default_type application/json; return 200 "
        "'{{\"ok\":\"$http_authorization\"}}'; }} }}\n",
        port,
        certificate.empty() ? ""
                            : fmt::format("ssl_certificate {0}.pem; ssl_certificate_key {0}.key;\n",
                                          dir_->file(certificate)),
        how, slow_->port());
  }
  static void start_nginx() {
    slow_ = std::make_unique<RawServer>([](RawConnection& c) {
      while (c.read_request()) {
        std::this_thread::sleep_for(30ms);
        c.send(test::http_reply("slowly"));
      }
    });
    good_ = free_port();
    other_ = free_port();
    expired_ = free_port();
    http2_ = free_port();
    plain2_ = free_port();
    std::string config = fmt::format(
        "daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\n"
        "events {{ worker_connections 512; }}\nhttp {{ access_log off;\n",
        dir_->path());
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      config += fmt::format("{}_temp_path {}/{};\n", kind, dir_->path(), kind);
    config += server_block(good_, "good", "ssl") + server_block(other_, "other", "ssl") +
              server_block(expired_, "expired", "ssl") + server_block(http2_, "good", "ssl http2") +
              server_block(plain2_, "", "http2") + "}\n";
    SubprocessOptions options;
    options.argv = {"nginx",
                    "-p",
                    dir_->path(),
                    "-c",
                    dir_->write("nginx.conf", config),
                    "-e",
                    dir_->file("error.log")};
    options.in = StdioMode::kNull;
    options.out = StdioMode::kNull;
    options.err = StdioMode::kNull;
    auto started = Subprocess::start(options);
    if (!started) return;
    nginx_ = std::move(*started);
    for (int i = 0; i < 600 && !up_ && !nginx_->try_wait(); ++i) {
      up_ = can_connect(plain2_);
      if (!up_) std::this_thread::sleep_for(50ms);
    }
  }
  static bool can_connect(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool done = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return done;
  }

  static std::string https(int port) { return fmt::format("https://127.0.0.1:{}/v1", port); }
  HttpDone ask(HttpOptions options) {
    HttpTransport transport(loop_, std::move(options));
    return HttpDriver(transport).ask();
  }

  static inline std::unique_ptr<test::TempDir> dir_;
  static inline std::unique_ptr<Subprocess> nginx_;
  static inline std::unique_ptr<RawServer> slow_;
  static inline std::string ca_;
  static inline int good_ = 0, other_ = 0, expired_ = 0, http2_ = 0, plain2_ = 0;
  static inline bool up_ = false;
  HttpLoop loop_;
};

TEST_F(HttpTlsTest, AGivenAuthorityIsAccepted) {
  const HttpDone done = ask({.url = https(good_),
                             .secret_headers = {"authorization: Bearer key-0123456789"},
                             .ca_file = ca_});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
  EXPECT_EQ(done.body, R"({"ok":"Bearer key-0123456789"})");
}

TEST_F(HttpTlsTest, KernelStampsAreThereOverTls) {
  HttpTransport transport(loop_, {.url = https(good_) + "/slow", .ca_file = ca_});
  HttpDriver driver(transport);
  for (int i = 0; i < 5; ++i) {
    const HttpDone done = driver.ask();
    EXPECT_EQ(done.body, "slowly");
    ASSERT_FALSE(done.stamps.empty());
    const ChunkStamp& stamp = done.stamps.front();
    EXPECT_GE(stamp.kernel_lag.count(), 0);
    EXPECT_GE(stamp.at - stamp.kernel_lag - done.attempt->stamps.sent, 30ms);
  }
}

TEST_F(HttpTlsTest, AnUnknownAuthorityIsDenied) {
  const HttpDone done = ask({.url = https(good_)});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kDenied);
  EXPECT_THAT(done.attempt->response.error, HasSubstr("signed by nobody known here"));
  EXPECT_THAT(done.attempt->response.error, HasSubstr("`ca_file`"));
}

TEST_F(HttpTlsTest, AnotherHostsCertificateIsDenied) {
  const HttpDone done = ask({.url = https(other_), .ca_file = ca_});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kDenied);
  EXPECT_THAT(done.attempt->response.error, HasSubstr("is for another host"));
}

TEST_F(HttpTlsTest, AnExpiredCertificateIsDenied) {
  const HttpDone done = ask({.url = https(expired_), .ca_file = ca_});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kDenied);
  EXPECT_THAT(done.attempt->response.error, HasSubstr("has expired"));
}

TEST_F(HttpTlsTest, VerificationIsOffOnlyWhenAsked) {
  const HttpDone done = ask({.url = https(other_), .insecure = true});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
}

TEST_F(HttpTlsTest, AMissingAuthorityFileIsNamed) {
  const HttpDone done = ask({.url = https(good_), .ca_file = dir_->file("none.pem")});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kDenied);
  EXPECT_THAT(done.attempt->response.error, HasSubstr("none.pem"));
}

TEST_F(HttpTlsTest, TlsToAPlainServerSaysSo) {
  const HttpDone done = ask({.url = https(plain2_)});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kConnectError);
  EXPECT_THAT(done.attempt->response.error, HasSubstr("TLS with https://127.0.0.1"));
}

TEST_F(HttpTlsTest, ConnectionsOverTlsAreReused) {
  HttpTransport transport(loop_, {.url = https(good_), .ca_file = ca_});
  HttpDriver driver(transport);
  EXPECT_FALSE(driver.ask().attempt->http.reused);
  EXPECT_TRUE(driver.ask().attempt->http.reused);
}

void expect_http2(HttpTransport& transport) {
  HttpDriver driver(transport);
  EXPECT_TRUE(driver.ask().attempt->http.http2);
  for (int i = 0; i < 50; ++i) driver.start(std::string(100, 'x'));
  for (const HttpDone& done : driver.finish()) {
    EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
    EXPECT_EQ(done.attempt->http.status, 200);
    EXPECT_TRUE(done.attempt->http.http2);
    ASSERT_FALSE(done.stamps.empty());
    EXPECT_EQ(done.stamps.front().flags & kStampShared, kStampShared);
  }
}

TEST_F(HttpTlsTest, Http2IsSpokenWhereTlsOffersIt) {
  HttpTransport transport(loop_, {.url = https(http2_), .ca_file = ca_});
  expect_http2(transport);
  EXPECT_TRUE(HttpDriver(transport).ask().attempt->http.reused);
}

TEST_F(HttpTlsTest, Http2WithoutTlsWhenAsked) {
  HttpTransport transport(
      loop_, {.url = fmt::format("http://127.0.0.1:{}/v1", plain2_), .version = HttpVersion::k2});
  expect_http2(transport);
}

TEST_F(HttpTlsTest, Http11WhenAsked) {
  const HttpDone done = ask({.url = https(http2_), .ca_file = ca_, .version = HttpVersion::k11});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
  EXPECT_FALSE(done.attempt->http.http2);
}

TEST_F(HttpTlsTest, OneHttp2ConnectionIsWarmForAll) {
  HttpTransport transport(loop_,
                          {.url = https(http2_), .cheap_url = https(http2_), .ca_file = ca_});
  ASSERT_TRUE(transport.warm_up(32));
  HttpDriver driver(transport);
  for (int i = 0; i < 32; ++i) driver.start("{}");
  for (const HttpDone& done : driver.finish()) EXPECT_TRUE(done.attempt->http.reused);
}

TEST_F(HttpTlsTest, GetVerifiesToo) {
  const Result<HttpReply> reply = http_get(https(good_), 30s);
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().text(), HasSubstr("signed by nobody known here"));
}

}  // namespace
}  // namespace assay::backends
