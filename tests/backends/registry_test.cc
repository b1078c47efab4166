#include "backends/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "backends/params.h"
#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

ModelSpec spec_of(const std::string& text) {
  const Result<ModelSpec> spec = parse_model_spec(text);
  EXPECT_TRUE(spec) << spec.error().text();
  return spec ? *spec : ModelSpec{};
}

std::string parse_error(const std::string& text) {
  const Result<ModelSpec> spec = parse_model_spec(text);
  return spec ? "no error" : spec.error().text();
}

std::string make_error(const std::string& text) {
  const Result<std::unique_ptr<Backend>> backend = make_backend(spec_of(text), {});
  return backend ? "no error" : backend.error().text();
}

TEST(ModelSpec, Parts) {
  const ModelSpec spec = spec_of("tesseract:kor+eng?psm=6&dpi=300");
  EXPECT_EQ(spec.text, "tesseract:kor+eng?psm=6&dpi=300");
  EXPECT_EQ(spec.backend, "tesseract");
  EXPECT_EQ(spec.name, "kor+eng");
  EXPECT_THAT(spec.params, ElementsAre(Pair("dpi", "300"), Pair("psm", "6")));
}

TEST(ModelSpec, NamesMayHoldAnythingButAQuestionMark) {
  EXPECT_EQ(spec_of("process:./a b.py --x=1 50%:y").name, "./a b.py --x=1 50%:y");
  EXPECT_EQ(spec_of("simulated:").name, "");
  EXPECT_TRUE(spec_of("simulated:x").params.empty());
}

TEST(ModelSpec, ValuesArePercentDecoded) {
  const ModelSpec spec = spec_of("a:b?k=1%262%3D3%25&%ED%95%9C=%ea%b8%80&flag&empty=&eq=a=b");
  EXPECT_THAT(spec.params, ElementsAre(Pair("empty", ""), Pair("eq", "a=b"), Pair("flag", ""),
                                       Pair("k", "1&2=3%"), Pair("한", "글")));
}

TEST(ModelSpec, ErrorsNameThePlace) {
  EXPECT_EQ(parse_error("baseline"),
            "model `baseline`, column 9: no `:` found, expected BACKEND:NAME like tesseract:eng or "
            "baseline:linear");
  EXPECT_EQ(parse_error(""),
            "model ``, column 1: no `:` found, expected BACKEND:NAME like tesseract:eng or "
            "baseline:linear");
  const std::string form =
      "expected BACKEND:NAME with a backend of lower-case letters, digits, `-` and `_`";
  EXPECT_EQ(parse_error(":x"), "model `:x`, column 1: " + form);
  EXPECT_EQ(parse_error("Base:x"), "model `Base:x`, column 1: " + form);
  EXPECT_EQ(parse_error("a:b?psm=%zz"),
            "model `a:b?psm=%zz`, column 9: `%zz` is not a percent escape, expected % and two hex "
            "digits (a percent sign itself is %25)");
  EXPECT_EQ(parse_error("a:b?psm=%4"),
            "model `a:b?psm=%4`, column 9: `%4` is not a percent escape, expected % and two hex "
            "digits (a percent sign itself is %25)");
  EXPECT_EQ(parse_error("a:b?x=%00"),
            "model `a:b?x=%00`, column 7: a zero byte (%00) is not allowed");
  EXPECT_EQ(parse_error("a:b?x=1&&y=2"),
            "model `a:b?x=1&&y=2`, column 9: a parameter without a name, expected KEY=VALUE");
  EXPECT_EQ(parse_error("a:b?"),
            "model `a:b?`, column 5: a parameter without a name, expected KEY=VALUE");
  EXPECT_EQ(parse_error("a:b?x=1&x=2"),
            "model `a:b?x=1&x=2`, column 9: parameter `x` is given twice");
  EXPECT_EQ(parse_error("a:" + std::string(5000, 'x')),
            "model: a name of 5002 bytes, expected at most 4096");
}

TEST(MakeBackend, UnknownNamesSuggestTheNearest) {
  const std::string known =
      "anthropic, azure, baseline, cerebras, cohere, dashscope, deepseek, fireworks, gemini, groq, "
      "http, https, hyperclova, llama-cpp, llama-server, lmstudio, managed, mistral, moonshot, "
      "nvidia, ollama, openai, "
      "openrouter, perplexity, process, replay, sglang, simulated, tesseract, tgi, together, "
      "upstage, vllm, xai, zhipu";
  EXPECT_EQ(make_error("tesserract:eng"),
            "model `tesserract:eng`: unknown backend `tesserract`, did you mean `tesseract`? "
            "known: " +
                known);
  EXPECT_EQ(make_error("gptx:x"), "model `gptx:x`: unknown backend `gptx`; known: " + known);
  EXPECT_EQ(make_error("opnai:gpt"),
            "model `opnai:gpt`: unknown backend `opnai`, did you mean `openai`? known: " + known);
  EXPECT_EQ(make_error("baseline:lineer"),
            "model `baseline:lineer`: unknown baseline `lineer`, did you mean `linear`? known: "
            "random, majority, bm25, linear");
  EXPECT_EQ(make_error("baseline:"),
            "model `baseline:`: unknown baseline ``; known: random, majority, bm25, linear");
  EXPECT_EQ(make_error("baseline:linear?trian=5"),
            "model `baseline:linear?trian=5`: unknown parameter `trian`, did you mean `train`? "
            "known: c, seed, train");
}

TEST(MakeBackend, AMissingModuleSaysWhere) {
  const Result<std::unique_ptr<Backend>> backend =
      make_backend(spec_of("tesseract:eng"), {.module_dir = "/no/such/folder"});
  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().text(),
            "tesseract: no module /no/such/folder/assay_tesseract.so; it is installed with Assay, "
            "or built beside it in modules/");
}

TEST(ListBackends, HasEveryRow) {
  std::map<std::string, std::string> available;
  for (const BackendListing& row : list_backends({.module_dir = "/no/such/folder"})) {
    EXPECT_FALSE(row.form.empty());
    EXPECT_FALSE(row.summary.empty());
    available[row.name] = row.available;
  }
  EXPECT_EQ(available.size(), 35U);
  EXPECT_EQ(available["baseline"], "yes");
  EXPECT_THAT(available["tesseract"], ::testing::StartsWith("tesseract: no module"));
}

TEST(ListBackends, ProvidersSayWhatTheyNeed) {
  unsetenv("MISTRAL_API_KEY");
  setenv("GOOGLE_API_KEY", "google-0123456789", 1);
  unsetenv("GEMINI_API_KEY");
  unsetenv("XAI_API_KEY");
  std::map<std::string, BackendListing> rows;
  for (const BackendListing& row :
       list_backends({.config_text = "providers: {corp: {base_url: 'https://c', key: required}}",
       .config_name = "assay.yaml"}))
    rows[row.name] = row;
  EXPECT_EQ(rows["mistral"].available, "needs MISTRAL_API_KEY");
  EXPECT_EQ(rows["gemini"].available, "yes");
  EXPECT_EQ(rows["xai"].form, "xai:MODEL[?key=value]");
  EXPECT_EQ(rows["xai"].summary, "xAI");
  EXPECT_EQ(rows["sglang"].available, "yes, where it runs at http://127.0.0.1:30000/v1");
  EXPECT_EQ(rows["corp"].available, "needs key_env=NAME or key_file=FILE");
  const std::vector<BackendListing> broken =
      list_backends({.config_text = "providers: 3", .config_name = "assay.yaml"});
  EXPECT_EQ(broken.back().available,
            "assay.yaml:1:12: `providers` is `3`, expected a mapping from names to rows");
}

TEST(MakeBackend, AProviderOfTheConfiguration) {
  const BackendContext context{.config_text = "providers: {corp: {base_url: 'https://c'}}",
                               .config_name = "assay.yaml"};
  EXPECT_TRUE(make_backend(spec_of("corp:m"), context));
  EXPECT_EQ(make_backend(spec_of("crop:m"), context).error().text().substr(0, 70),
            "model `crop:m`: unknown backend `crop`, did you mean `corp`? known: an");
}

TEST(ListBackends, ABrokenPluginIsARowWithItsReason) {
  const std::vector<BackendListing> rows = list_backends({.plugins = {"/no/plugin.so"}});
  EXPECT_EQ(rows.back().name, "/no/plugin.so");
  EXPECT_EQ(rows.back().available, "/no/plugin.so: no such plugin file");
}

TEST(NearestName, WithinAThirdOfTheLength) {
  EXPECT_EQ(nearest_name("tesserract", {"tesseract", "baseline"}), "tesseract");
  EXPECT_EQ(nearest_name("basleine", {"tesseract", "baseline"}), "baseline");  // one swap
  EXPECT_EQ(nearest_name("xyz", {"abc"}), "");
  EXPECT_EQ(nearest_name("b", {"c", "k1"}), "c");
  EXPECT_EQ(nearest_name(std::string(100, 'a'), {std::string(100, 'a')}), "");
}

TEST(Params, ReadsTypes) {
  const ModelSpec spec = spec_of("a:b?n=2.5e1&i=-3&d=200ms&f&t=text&o=two");
  Params params(spec);
  EXPECT_EQ(*params.number("n", 0, 0, 100), 25.0);
  EXPECT_EQ(*params.integer("i", 0, -5, 5), -3);
  EXPECT_EQ(*params.duration("d", Nanos(0)), std::chrono::milliseconds(200));
  EXPECT_TRUE(*params.flag("f", false));
  EXPECT_EQ(params.text("t", ""), "text");
  EXPECT_EQ(*params.one_of("o", "one", {"one", "two"}), "two");
  EXPECT_EQ(*params.number("absent", 7.5, 0, 1), 7.5);
  EXPECT_FALSE(*params.flag("absent", false));
  EXPECT_TRUE(params.finish());
}

TEST(Params, ErrorsNameFoundAndExpected) {
  const ModelSpec spec = spec_of("a:b?psm=99&n=nan&d=soon&f=maybe&o=too&z=1");
  Params params(spec);
  const std::string where = "model `a:b?psm=99&n=nan&d=soon&f=maybe&o=too&z=1`: ";
  EXPECT_EQ(params.integer("psm", 3, 0, 13).error().text(),
            where + "parameter `psm` is `99`, expected an integer 0..13");
  EXPECT_EQ(params.number("n", 0, 0, 1).error().text(),
            where + "parameter `n` is `nan`, expected a number 0..1");
  EXPECT_EQ(params.duration("d", Nanos(0), std::chrono::seconds(60)).error().text(),
            where + "parameter `d` is `soon`, expected a duration 0..60s like 200ms, 1.5s or 0.25");
  EXPECT_EQ(params.flag("f", false).error().text(),
            where + "parameter `f` is `maybe`, expected 1 or 0");
  EXPECT_EQ(params.one_of("o", "one", {"one", "two"}).error().text(),
            where + "parameter `o` is `too`, expected one of one, two, did you mean `two`?");
  EXPECT_EQ(params.finish().error().text(),
            where + "unknown parameter `z`, did you mean `d`? known: d, f, n, o, psm");
}

TEST(Params, ABackendWithoutParameters) {
  const ModelSpec spec = spec_of("a:b?x=1");
  EXPECT_EQ(Params(spec).finish().error().text(),
            "model `a:b?x=1`: unknown parameter `x`: `a:` takes none");
}

}  // namespace
}  // namespace assay::backends
