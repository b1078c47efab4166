// conformance: runs vectors made with reference implementations through Assay's own code.
//
//   conformance DIR --results OUT.jsonl
//
// Reads every FAMILY.jsonl of DIR whose family is known (one case a line: {"id", "input", ...};
// `expected` is not looked at and may be absent) and writes a line {"id", "got"} for each.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
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

constexpr std::array<Family, 5> kFamilies{{{"math", math_case},
                                           {"ifeval", ifeval_case},
                                           {"text_metrics", text_metrics_case},
                                           {"lm_eval", lm_eval_case},
                                           {"statistics", statistics_case}}};

Json run_case(const Family& family, const Json& input) {
  try {
    return family.run(input);
  } catch (const std::exception& e) {
    return Json{{"error", e.what()}};
  }
}

// Returns the number of cases; -1 for a line that is no case.
int64_t run_file(const Family& family, const std::string& path, std::ostream& out) {
  std::ifstream in(path);
  std::string line;
  int64_t cases = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const Result<Json> row = parse_json(line, path, number);
    if (!row || !row->is_object() || !row->contains("id") || !row->contains("input")) {
      fmt::print(stderr, "{}:{}: expected an object with `id` and `input`\n", path, number);
      return -1;
    }
    const Json result{{"id", (*row)["id"]}, {"got", run_case(family, (*row)["input"])}};
    out << result.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
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
    if (cases < 0) return 2;
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
