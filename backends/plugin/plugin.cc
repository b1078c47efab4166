#include "backends/plugin/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr assay_host_v1 kHost = {sizeof(assay_host_v1), ASSAY_PLUGIN_ABI, ASSAY_VERSION};

// Sets variables, and puts back what was there. Only while the command line is read: other threads
// may not read the environment meanwhile.
class ScopedEnvironment {
 public:
  explicit ScopedEnvironment(const std::vector<Plugin::Variable>& variables) {
    for (const Plugin::Variable& variable : variables) {
      const char* before = std::getenv(variable.name.c_str());
      before_.emplace_back(variable.name,
                           before == nullptr ? std::nullopt : std::optional<std::string>(before));
      setenv(variable.name.c_str(), variable.value.c_str(), 1);
    }
  }
  ~ScopedEnvironment() {
    for (const auto& [name, value] : before_) {
      if (value) {
        setenv(name.c_str(), value->c_str(), 1);
      } else {
        unsetenv(name.c_str());
      }
    }
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

Error plugin_error(const std::string& path, std::string message) {
  return Error{ErrorCode::kInput, std::move(message), path};
}

bool is_plugin_name(const char* name) {
  const std::string_view text = name;
  if (text.empty() || text.size() > 64) return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

// The required members, in the order of the header.
Result<void> check_table(const std::string& path, const assay_plugin_v1* table) {
  if (table == nullptr) {
    return plugin_error(
        path, fmt::format("the plugin refused this version of Assay ({})", kHost.assay_version));
  }
  // Only these two are sure to be there in every version.
  constexpr size_t kHeader = offsetof(assay_plugin_v1, abi_version) + sizeof(uint32_t);
  if (table->size >= kHeader && table->abi_version != ASSAY_PLUGIN_ABI) {
    return plugin_error(path, fmt::format("plugin interface version {}, expected {}; build it "
                                          "with the assay_plugin.h of this Assay",
                                          table->abi_version, ASSAY_PLUGIN_ABI));
  }
  if (table->size < sizeof(assay_plugin_v1)) {
    return plugin_error(path, fmt::format("a plugin table of {} bytes, expected at least {}",
                                          table->size, sizeof(assay_plugin_v1)));
  }
  const std::pair<const char*, bool> members[] = {
      {"name", table->name != nullptr},
      {"version", table->version != nullptr},
      {"create", table->create != nullptr},
      {"worker_create", table->worker_create != nullptr},
      {"worker_answer", table->worker_answer != nullptr},
      {"worker_destroy", table->worker_destroy != nullptr},
      {"destroy", table->destroy != nullptr},
  };
  for (const auto& [member, present] : members) {
    if (!present) {
      return plugin_error(path, fmt::format("`{}` of the plugin table is NULL", member));
    }
  }
  if (!is_plugin_name(table->name)) {
    return plugin_error(path, fmt::format("the backend's name is `{}`, expected lower-case "
                                          "letters, digits, `-` and `_`",
                                          sanitize_utf8(table->name)));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const Plugin>> Plugin::open(const std::string& path) {
  return open(path, {});
}

Result<std::shared_ptr<const Plugin>> Plugin::open(const std::string& path,
                                                   const std::vector<Variable>& environment) {
  std::error_code ec;
  const std::filesystem::file_status status = std::filesystem::status(path, ec);
  if (!std::filesystem::exists(status)) {
    return Error{ErrorCode::kNotFound, "no such plugin file", path};
  }
  if (!std::filesystem::is_regular_file(status)) {
    return plugin_error(path, "not a file, expected a shared library");
  }
  // An absolute path: dlopen looks for a bare name in the system's folders.
  const std::filesystem::path absolute = std::filesystem::absolute(path, ec);
  const ScopedEnvironment scope(environment);
  // Never closed: threads and exit handlers of what the library links (OpenMP, for one) would
  // outlive its code. Opening it again gives the same handle.
  void* handle = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();  // begins with the path
    return plugin_error(path, fmt::format("cannot be opened as a shared library: {}",
                                          reason == nullptr ? "unknown reason" : reason));
  }
  void* symbol = dlsym(handle, ASSAY_PLUGIN_ENTRY);
  if (symbol == nullptr) {
    dlclose(handle);
    return plugin_error(path,
                        "a shared library without `" ASSAY_PLUGIN_ENTRY "`: not an Assay plugin");
  }
  const auto entry = reinterpret_cast<decltype(&assay_plugin_entry)>(symbol);
  const assay_plugin_v1* table = entry(&kHost);
  ASSAY_TRY_VOID(check_table(path, table));
  return std::shared_ptr<const Plugin>(new Plugin(path, table));
}

std::string Plugin::availability() const {
  if (table_->available == nullptr) return "yes";
  PluginError error;
  return table_->available(error.raw()) != 0 ? "yes" : error.text();
}

std::string PluginError::text() const {
  const std::string text = sanitize_utf8(std::string_view(text_, strnlen(text_, sizeof(text_))));
  return text.empty() ? "the plugin gave no reason" : text;
}

}  // namespace assay::backends
