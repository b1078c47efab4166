// conformance: runs vectors made with reference implementations through Assay's own code.
//
//   conformance DIR --results OUT.jsonl
//
// Reads every FAMILY.jsonl of DIR whose family is known (one case a line: {"id", "input", ...};
// `expected` is not looked at and may be absent) and writes a line {"id", "got"} for each. A line
// that is no JSON object with an id is skipped and said on stderr; an input that the code refuses
// gets
// {"error"}.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/json.h"
#include "tests/conformance/families.h"

namespace assay::conformance {
namespace {

struct Family {
  std::string_view name;  // of the file, without .jsonl
  Json (*run)(const Json& input);
};

constexpr std::array<Family, 6> kFamilies{{{"math", math_case},
                                           {"ifeval", ifeval_case},
                                           {"text_metrics", text_metrics_case},
                                           {"lm_eval", lm_eval_case},
                                           {"statistics", statistics_case},
                                           {"pricing", pricing_case}}};

Json run_case(const Family& family, const Json& input) {
  try {
    return family.run(input);
  } catch (const std::exception& e) {
    return Json{{"error", e.what()}};
  }
}

// What a line gives; nullopt: it names no case, so that nothing can be answered.
std::optional<Json> run_line(const Family& family, const std::string& line, const std::string& path,
                             int number) {
  const Result<Json> row = parse_json(line, path, number);
  if (!row || !row->is_object() || !row->contains("id")) {
    fmt::print(stderr, "{}:{}: skipped: expected an object with `id` and `input`, found {}\n", path,
               number, row ? "another value" : row.error().message);
    return std::nullopt;
  }
  const Json got =
      row->contains("input") ? run_case(family, (*row)["input"]) : Json{{"error", "no `input`"}};
  return Json{{"id", (*row)["id"]}, {"got", got}};
}

// Returns the number of cases.
int64_t run_file(const Family& family, const std::string& path, std::ostream& out) {
  std::ifstream in(path);
  std::string line;
  int64_t cases = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line == "\r") continue;
    const std::optional<Json> result = run_line(family, line, path, number);
    if (!result) continue;
    out << result->dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    ++cases;
  }
  return cases;
}

int run(const std::string& folder, const std::string& results) {
  std::ofstream out(results);
  if (!out) {
    fmt::print(stderr, "{}: cannot be written\n", results);
    return 2;
  }
  int64_t total = 0;
  for (const Family& family : kFamilies) {
    const std::string path = fmt::format("{}/{}.jsonl", folder, family.name);
    if (!std::filesystem::exists(path)) continue;
    const int64_t cases = run_file(family, path, out);
    fmt::print("{:14} {} cases\n", family.name, cases);
    total += cases;
  }
  if (total == 0) {
    fmt::print(stderr, "{}: no vectors there\n", folder);
    return 2;
  }
  out.close();
  return out ? 0 : 2;
}

}  // namespace
}  // namespace assay::conformance

int main(int argc, char** argv) {
  if (argc != 4 || std::string_view(argv[2]) != "--results") {
    fmt::print(stderr, "usage: conformance DIR --results OUT.jsonl\n");
    return 2;
  }
  return assay::conformance::run(argv[1], argv[3]);
}
