// Runs the program as a user does, and gives back what it printed and how it ended.
//
//   CliResult r = run_assay({"run", "quick-intents", "-m", "baseline:random"}, {.cwd =
//   dir.path()});
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace assay::test {

struct CliResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

struct CliOptions {
  std::string cwd;
  std::string prefix;  // shell text before the program, for example "unshare -m"
};

inline std::string shell_quote(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

inline std::string assay_program() { return std::string(ASSAY_BINARY_DIR) + "/assay"; }

inline CliResult run_shell(const std::string& command, const std::string& cwd = "") {
  const TempDir io;
  const std::string whole = (cwd.empty() ? "" : "cd " + shell_quote(cwd) + " && ") + "{ " +
                            command + "; } >" + shell_quote(io.file("out")) + " 2>" +
                            shell_quote(io.file("err")) + " </dev/null";
  const int status = std::system(whole.c_str());
  CliResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = read_file(io.file("out"));
  result.err = read_file(io.file("err"));
  return result;
}

inline CliResult run_assay(const std::vector<std::string>& arguments,
                           const CliOptions& options = {}) {
  std::string command = options.prefix + " " + shell_quote(assay_program());
  for (const std::string& argument : arguments) command += " " + shell_quote(argument);
  return run_shell(command, options.cwd);
}

}  // namespace assay::test
