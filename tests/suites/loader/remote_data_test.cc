// Data over the network, against a server of the test's own: files by URL, sets through the rows
// API, the cache, offline.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "backends/transport/curl_fetcher.h"
#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "suites/loader/data_cache.h"
#include "suites/registry.h"
#include "tests/suites/loader/fixture.h"
#include "tests/support/fake_hub.h"
#include "tests/support/temp_dir.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;
using test::FakeHub;
using test::http_reply;
using test::RawRequest;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kQuestion =
    "doc_to_text: question\ndoc_to_target: \"{{ label }}\"\nscorers: [exact]\n";

class RemoteDataTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) ::unsetenv(name);
    ::setenv("ASSAY_HF_ENDPOINT", hub_.url("").c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"HF_TOKEN", "ASSAY_HF_ENDPOINT"}) ::unsetenv(name);
    FolderTest::TearDown();
  }
  LoadOptions options() {
    LoadOptions options;
    options.cache_dir = path("cache");
    options.fetcher = &fetcher_;
    options.note = [this](const std::string& text) { notes_ += text + "\n"; };
    return options;
  }
  Result<std::unique_ptr<Suite>> load(const std::string& data, const LoadOptions& options) {
    const std::string rest =
        hub_.picture.empty() ? kQuestion : std::string("doc_to_image: image\n") + kQuestion;
    return load_suite(write("suite.yaml", "task: t\ndata: {test: {" + data + "}}\n" + rest),
                      options);
  }
  std::string problem(const std::string& data, const LoadOptions& options) {
    const auto suite = load(data, options);
    return suite ? "no error" : suite.error().text();
  }
  std::string problem(const std::string& data) { return problem(data, options()); }
  // The only file of that name below the cache.
  std::string cached(const std::string& name) const {
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(path("cache"))) {
      if (entry.path().filename() == name) found = entry.path().string();
    }
    return found;
  }

  FakeHub hub_;
  std::string notes_;
  std::vector<Nanos> slept_;
  backends::CurlFetcher fetcher_{
      {.stop = {}, .ca_file = "", .agent = "test", .note = {}, .sleep = [this](Nanos time) {
         slept_.push_back(time);
       }}};
};

// ---- sets of Hugging Face -------------------------------------------------------------------

TEST_F(RemoteDataTest, ASetComesPageByPageAndIsThenHere) {
  const auto suite = load("hub: org/name, config: main", options());
  ASSERT_TRUE(suite) << suite.error().text();
  EXPECT_EQ((*suite)->size(), 250U);
  const auto last = (*suite)->sample(249);
  ASSERT_TRUE(last) << last.error().text();
  EXPECT_EQ(last->targets[0], "1");  // a class stays a number
  EXPECT_EQ(hub_.asked("/rows"), 3);
  EXPECT_EQ(hub_.asked("/splits"), 0);
  EXPECT_THAT(notes_, HasSubstr("org/name: 250 rows, revision 0123456789abcdef"));
  LoadOptions offline = options();
  offline.offline = true;
  const auto again = load("hub: org/name, config: main", offline);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ((*again)->info().data_hash, (*suite)->info().data_hash);
  EXPECT_EQ(hub_.asked("/"), 3);
  const auto manifest = parse_json(test::read_file(cached("manifest.json")), "manifest");
  ASSERT_TRUE(manifest) << manifest.error().text();
  EXPECT_EQ((*manifest)["features"][1]["type"]["_type"], "ClassLabel");
  EXPECT_EQ((*manifest)["revision"], hub_.revision);
}

TEST_F(RemoteDataTest, WithoutAConfigurationTheFirstIsTaken) {
  ASSERT_TRUE(load("hub: org/name", options()));
  EXPECT_THAT(notes_, HasSubstr("the first one, `main`, is taken"));
}

TEST_F(RemoteDataTest, BusyServersAndCutPagesAreAskedAgain) {
  hub_.fault = [](const RawRequest&, int nth) -> std::string {
    if (nth == 1) return http_reply("{}", "Retry-After: 3\r\n", "429 Too Many Requests");
    if (nth == 3)
      return "HTTP/1.1 200 OK\r\ncontent-length: 999\r\nconnection: close\r\n\r\n{\"fea";
    return "";
  };
  const auto suite = load("hub: org/name, config: main", options());
  ASSERT_TRUE(suite) << suite.error().text();
  EXPECT_EQ((*suite)->size(), 250U);
  EXPECT_EQ(slept_.front(), Nanos(std::chrono::seconds(3)));
  EXPECT_EQ(hub_.asked("/rows"), 5);
}

TEST_F(RemoteDataTest, ABrokenDownloadGoesOnAfterItsLastPage) {
  bool broken = true;
  hub_.fault = [&broken](const RawRequest& r, int) -> std::string {
    return broken && FakeHub::parameter(r, "offset") == "200" ? http_reply("{\"rows\":[[[", "")
                                                              : "";
  };
  EXPECT_THAT(problem("hub: org/name, config: main"), HasSubstr("from row 200"));
  std::ofstream(cached("rows.jsonl"), std::ios::app) << "half a page";  // as a kill leaves it
  broken = false;
  const int before = hub_.asked("/rows");
  const auto suite = load("hub: org/name, config: main", options());
  ASSERT_TRUE(suite) << suite.error().text();
  EXPECT_EQ((*suite)->size(), 250U);
  EXPECT_EQ(hub_.asked("/rows"), before + 1);
  const FakeHub whole;
  EXPECT_EQ(test::read_file(cached("rows.jsonl")).substr(0, 37),
            "{\"question\":\"question 0\",\"label\":0}\n{");
}

TEST_F(RemoteDataTest, RevisionsAreNeverMixed) {
  hub_.fault = [this](const RawRequest&, int nth) -> std::string {
    if (nth == 2) hub_.revision = "ffffffffffffffffffffffffffffffffffffffff";
    return "";
  };
  const auto suite = load("hub: org/name, config: main", options());
  ASSERT_TRUE(suite) << suite.error().text();
  EXPECT_THAT(notes_, HasSubstr("the set changed while it was fetched; starting over"));
  EXPECT_THAT(notes_, HasSubstr("revision ffffffff"));
  EXPECT_EQ(hub_.asked("/rows"), 5);
}

TEST_F(RemoteDataTest, APinnedRevisionMustBeTheServers) {
  EXPECT_THAT(problem("hub: org/name, config: main, revision: abcdef0123"),
              HasSubstr("the suite asks for revision abcdef0123, but the server has 0123456789"));
  EXPECT_THAT(problem("hub: org/name, config: main, revision: v1.0"),
              HasSubstr("`revision` is `v1.0`"));
  EXPECT_EQ(problem("hub: org/name, config: main, revision: \"0123456789ab\""), "no error");
  EXPECT_EQ(problem("hub: org/name, config: main, revision: main"), "no error");
}

TEST_F(RemoteDataTest, AGatedSetSaysHowToGetIn) {
  hub_.token = "hf_s3cret";
  const std::string without = problem("hub: org/name, config: main");
  EXPECT_THAT(without, HasSubstr("https://huggingface.co/datasets/org/name"));
  EXPECT_THAT(without, HasSubstr("HF_TOKEN"));
  ::setenv("HF_TOKEN", "hf_wr0ng", 1);
  const std::string wrong = problem("hub: org/name, config: main");
  EXPECT_THAT(wrong, HasSubstr("the token in HF_TOKEN gives no access"));
  ::setenv("HF_TOKEN", "hf_s3cret\n", 1);
  EXPECT_EQ(problem("hub: org/name, config: main"), "no error");
  EXPECT_THAT(without + wrong + notes_, Not(HasSubstr("hf_")));
  for (const auto& entry : fs::recursive_directory_iterator(path("cache"))) {
    if (entry.is_regular_file())
      EXPECT_THAT(test::read_file(entry.path().string()), Not(HasSubstr("hf_"))) << entry.path();
  }
}

TEST_F(RemoteDataTest, WhatIsNotThereNamesWhatIs) {
  EXPECT_THAT(problem("hub: org/name, config: none"),
              HasSubstr("expected one of main/test, other/test"));
  EXPECT_THAT(problem("hub: org/other, config: main"), HasSubstr("there is no such set"));
  EXPECT_THAT(problem("hub: ../../etc"), HasSubstr("expected a set's name"));
  EXPECT_THAT(problem("hub: org/name, split: 'test[:10]'"), HasSubstr("is a slice or a sum"));
  EXPECT_THAT(problem("hub: org/name, path: a.jsonl"), HasSubstr("several of"));
  EXPECT_THAT(problem("path: a.jsonl, config: x"), HasSubstr("`config` is for `hub` only"));
}

TEST_F(RemoteDataTest, APartIsTakenOnlyWhereTheSuiteSaysSo) {
  hub_.partial = true;
  EXPECT_THAT(problem("hub: org/name, config: main"), HasSubstr("only a part of it (250 rows)"));
  EXPECT_EQ(problem("hub: org/name, config: main, partial: true"), "no error");
  EXPECT_THAT(notes_, HasSubstr("is only a part (250 rows)"));
  EXPECT_THAT(problem("hub: org/name, config: main"), HasSubstr("say `partial: true`"));
}

TEST_F(RemoteDataTest, PicturesComeWithTheirPageAndAreNamedByContent) {
  hub_.rows = 3;
  hub_.picture = png(3, 2);
  const auto suite = load("hub: org/name, config: main", options());
  ASSERT_TRUE(suite) << suite.error().text();
  const std::string name = sha256(hub_.picture).hex() + ".png";
  EXPECT_EQ(test::read_file(cached(name)), hub_.picture);
  EXPECT_THAT(test::read_file(cached("rows.jsonl")), HasSubstr("\"image\":\"" + name + "\""));
  EXPECT_THAT(test::read_file(cached("rows.jsonl")), Not(HasSubstr("s3cret")));
  EXPECT_EQ(hub_.asked("/cached-assets/"), 3);
}

TEST_F(RemoteDataTest, ExpiredPicturesAreAskedForWithTheirPageAgain) {
  hub_.rows = 3;
  hub_.picture = png(3, 2);
  bool expired = true;
  hub_.fault = [&expired](const RawRequest& r, int) -> std::string {
    const bool now = r.target.starts_with("/cached-assets/1") && std::exchange(expired, false);
    return now ? http_reply("", "", "403 Forbidden") : "";
  };
  EXPECT_EQ(problem("hub: org/name, config: main"), "no error");
  EXPECT_EQ(hub_.asked("/rows"), 2);
  hub_.picture = "<html>";
  EXPECT_THAT(problem("hub: org/name, config: main, split: test, revision: abcdef01"),
              HasSubstr("asks for revision"));
}

TEST_F(RemoteDataTest, WhatIsNoPictureIsAnError) {
  hub_.picture = "<html>";
  EXPECT_THAT(problem("hub: org/name, config: main"), HasSubstr("gives as a picture is none"));
}

TEST_F(RemoteDataTest, TooLargePagesAreAskedForInSmallerOnes) {
  hub_.rows = 15;
  hub_.fault = [](const RawRequest& r, int) -> std::string {
    return FakeHub::parameter(r, "length") == "100"
               ? FakeHub::failure("501 Not Implemented", "TooBigContentError", "too big")
               : "";
  };
  EXPECT_EQ(problem("hub: org/name, config: main"), "no error");
  EXPECT_EQ(hub_.asked("/rows"), 3);
}

TEST_F(RemoteDataTest, HostilePagesEndTheDownload) {
  for (const std::string& body :
       {std::string("not json"), std::string(100'000, '['), hub_.page(1, 100), hub_.page(0, 0),
        std::string(R"({"features":[],"rows":[],"num_rows_total":99999999999999999999})")}) {
    hub_.fault = [&body](const RawRequest&, int) { return http_reply(body); };
    EXPECT_NE(problem("hub: org/name, config: main"), "no error") << body.substr(0, 100);
  }
}

TEST_F(RemoteDataTest, ADamagedCopyIsFetchedAgain) {
  ASSERT_TRUE(load("hub: org/name, config: main", options()));
  std::ofstream(cached("rows.jsonl"), std::ios::app) << "{\"question\":\"more\",\"label\":1}\n";
  const auto suite = load("hub: org/name, config: main", options());
  ASSERT_TRUE(suite) << suite.error().text();
  EXPECT_EQ((*suite)->size(), 250U);
  EXPECT_THAT(notes_, HasSubstr("is damaged"));
}

TEST_F(RemoteDataTest, ARefreshSaysWhatChanged) {
  ASSERT_TRUE(load("hub: org/name, config: main", options()));
  hub_.rows = 251;
  EXPECT_EQ((*load("hub: org/name, config: main", options()))->size(), 250U);
  LoadOptions refresh = options();
  refresh.refresh = true;
  const auto suite = load("hub: org/name, config: main", refresh);
  ASSERT_TRUE(suite) << suite.error().text();
  EXPECT_EQ((*suite)->size(), 251U);
  EXPECT_THAT(notes_, HasSubstr("org/name has changed: its rows had sha256 "));
}

TEST_F(RemoteDataTest, OfflineAsksNobodyAndSaysHow) {
  LoadOptions offline = options();
  offline.offline = true;
  const std::string set = problem("hub: org/name, config: main", offline);
  EXPECT_THAT(set, HasSubstr("get it from https://huggingface.co/datasets/org/name"));
  EXPECT_THAT(set, HasSubstr("`assay fetch SUITE`"));
  const std::string file =
      problem("url: '" + hub_.url("/a.jsonl") + "', sha256: unpinned", offline);
  EXPECT_THAT(file, HasSubstr("get it from " + hub_.url("/a.jsonl")));
  EXPECT_EQ(hub_.asked("/"), 0);
}

// ---- files by URL ---------------------------------------------------------------------------

TEST_F(RemoteDataTest, APinnedFileIsFetchedOnceAndCheckedEachTime) {
  const std::string text = "{\"question\":\"x\",\"label\":0}\n";
  hub_.fault = [&text](const RawRequest&, int) { return http_reply(text); };
  const std::string data = "url: '" + hub_.url("/a.jsonl") + "', sha256: " + sha256(text).hex();
  const auto suite = load(data, options());
  ASSERT_TRUE(suite) << suite.error().text();
  ASSERT_TRUE(load(data, options()));
  EXPECT_EQ(hub_.asked("/a.jsonl"), 1);
  std::ofstream(path("cache/data/" + sha256(text).hex()), std::ios::app) << "\n";
  ASSERT_TRUE(load(data, options()));
  EXPECT_EQ(hub_.asked("/a.jsonl"), 2);
  EXPECT_THAT(notes_, HasSubstr("is damaged"));
}

TEST_F(RemoteDataTest, AnotherFileIsNotKept) {
  hub_.fault = [](const RawRequest&, int) { return http_reply("<html>"); };
  const std::string sha = sha256("what was meant").hex();
  EXPECT_THAT(problem("url: '" + hub_.url("/a.jsonl") + "', sha256: " + sha),
              HasSubstr("has sha256 " + sha256("<html>").hex() + ", expected " + sha));
  EXPECT_TRUE(cached(sha256("<html>").hex()).empty());
  EXPECT_TRUE(fs::is_empty(path("cache/parts")));
}

TEST_F(RemoteDataTest, AnUnpinnedFileIsNotedAndItsChangeSaid) {
  std::string text = "{\"question\":\"x\",\"label\":0}\n";
  hub_.fault = [&text](const RawRequest&, int) { return http_reply(text); };
  const std::string data = "url: '" + hub_.url("/a.jsonl?download=true") + "', sha256: unpinned";
  ASSERT_TRUE(load(data, options()));
  EXPECT_THAT(notes_, HasSubstr("is not pinned; its sha256 is " + sha256(text).hex()));
  const std::string before = sha256(text).hex();
  text += text;
  EXPECT_EQ((*load(data, options()))->size(), 1U);
  EXPECT_EQ(hub_.asked("/a.jsonl"), 1);
  LoadOptions refresh = options();
  refresh.refresh = true;
  EXPECT_EQ((*load(data, refresh))->size(), 2U);
  EXPECT_THAT(notes_, HasSubstr("has changed: its sha256 was " + before));
}

TEST_F(RemoteDataTest, PackedFilesAreKeptPacked) {
  const std::string packed = gzip("{\"question\":\"x\",\"label\":0}\n");
  hub_.fault = [&packed](const RawRequest&, int) { return http_reply(packed); };
  EXPECT_EQ(problem("url: '" + hub_.url("/a.jsonl.gz") + "', sha256: " + sha256(packed).hex()),
            "no error");
}

TEST_F(RemoteDataTest, StatusesAreSaidInWords) {
  hub_.fault = [](const RawRequest&, int) { return http_reply("", "", "404 Not Found"); };
  EXPECT_THAT(problem("url: '" + hub_.url("/a.jsonl") + "', sha256: unpinned"),
              HasSubstr("is not there any more (status 404)"));
  EXPECT_THAT(problem("url: 'http://example.org/a.jsonl', sha256: unpinned"),
              HasSubstr("neither https nor pinned"));
}

TEST_F(RemoteDataTest, ACopyBelowDataIsTakenFirst) {
  write("data/set/a.jsonl", "{\"question\":\"x\",\"label\":0}\n");
  LoadOptions local = options();
  local.data_dir = path("data");
  EXPECT_EQ(problem("hub: org/name, local: set/a.jsonl", local), "no error");
  EXPECT_EQ(hub_.asked("/"), 0);
}

TEST_F(RemoteDataTest, ListsSayWhatIsHereWithoutAsking) {
  write(
      "shipped/s/suite.yaml",
      std::string("task: s\ntitle: S\ndata: {test: {hub: org/name, config: main}}\n") + kQuestion);
  LoadOptions listing = options();
  listing.search_dirs = {path("shipped")};
  EXPECT_FALSE(list_suites(listing)->front().data_here);
  EXPECT_EQ(hub_.asked("/"), 0);
  const auto fetched = fetch_suite("s", listing);
  ASSERT_TRUE(fetched) << fetched.error().text();
  EXPECT_EQ(fetched->front().path, cached("rows.jsonl"));
  EXPECT_TRUE(list_suites(listing)->front().data_here);
}

// ---- the cache ------------------------------------------------------------------------------

TEST(CacheFolder, FollowsTheEnvironment) {
  ::setenv("HOME", "/home/x", 1);
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("ASSAY_CACHE");
  EXPECT_EQ(cache_folder(""), "/home/x/.cache/assay");
  ::setenv("XDG_CACHE_HOME", "/xdg", 1);
  EXPECT_EQ(cache_folder(""), "/xdg/assay");
  ::setenv("XDG_CACHE_HOME", "relative", 1);  // to be ignored, says the XDG specification
  EXPECT_EQ(cache_folder(""), "/home/x/.cache/assay");
  ::setenv("ASSAY_CACHE", "/mine", 1);
  EXPECT_EQ(cache_folder(""), "/mine");
  EXPECT_EQ(cache_folder("/given"), "/given");
}

TEST(CacheFolder, NamesAreSafe) {
  EXPECT_EQ(name_for_path("org/a set-test"), "org-a-set-test");
  EXPECT_EQ(name_for_path("../x"), "-.-x");
  EXPECT_EQ(name_for_path(""), "-");
  EXPECT_EQ(name_for_path(std::string(500, 'a')).size(), 80U);
}

}  // namespace
}  // namespace assay::suites
