// Plugin: a shared library behind the C interface of assay_plugin.h, opened and checked.
//
// Where it stands: below plugin_backend (its models) and registry (its name). Opened while the
// command line is read, never on the clock.
//
//   ASSAY_TRY(std::shared_ptr<const Plugin> plugin, Plugin::open("./libecho.so"));
//   plugin->name();   // "echo"
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/plugin/assay_plugin.h"
#include "harness/base/result.h"

namespace assay::backends {

class Plugin {
 public:
  // Errors stand at `path` and tell apart: no such file, not a shared library of this machine, no
  // entry function, another interface version, a table with members missing.
  static Result<std::shared_ptr<const Plugin>> open(const std::string& path);
  // As open, with environment variables set while the library and what it links are loaded, and as
  // before afterwards.
  struct Variable {
    std::string name;
    std::string value;
  };
  static Result<std::shared_ptr<const Plugin>> open(const std::string& path,
                                                    const std::vector<Variable>& environment);

  [[nodiscard]] std::string name() const { return table_->name; }
  [[nodiscard]] std::string version() const { return table_->version; }
  [[nodiscard]] std::string form() const { return table_->form == nullptr ? "" : table_->form; }
  [[nodiscard]] std::string summary() const {
    return table_->summary == nullptr ? "" : table_->summary;
  }
  [[nodiscard]] std::string availability() const;  // "yes", or why not
  [[nodiscard]] const assay_plugin_v1& table() const { return *table_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Plugin(std::string path, const assay_plugin_v1* table) : path_(std::move(path)), table_(table) {}

  std::string path_;
  const assay_plugin_v1* table_;  // lives in the library, which is never unloaded
};

// The buffer for a plugin's reason, with the struct that the interface passes.
class PluginError {
 public:
  PluginError() : raw_{sizeof(assay_error_v1), text_, sizeof(text_)} {}
  PluginError(const PluginError&) = delete;
  PluginError& operator=(const PluginError&) = delete;
  [[nodiscard]] assay_error_v1* raw() { return &raw_; }
  [[nodiscard]] std::string text() const;  // valid UTF-8; says so when the plugin gave none

 private:
  char text_[2048] = {};
  assay_error_v1 raw_;
};

}  // namespace assay::backends
