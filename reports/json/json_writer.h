// JsonWriter: JSON text in the order it is told, indented by two spaces, numbers in their shortest
// form that reads back as the same double. nlohmann's writer is not used because its shortest form
// is not always the shortest and the files must not change with the library's version.
//
//   JsonWriter w;
//   w.begin_object().key("n").value(uint64_t{3}).key("value").value(std::optional<double>{});
//   std::string text = std::move(w.end_object()).finish();      // {"n": 3, "value": null}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);  // bytes that are not UTF-8 become U+FFFD
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);  // NaN and infinities are null
  JsonWriter& value(uint64_t number);
  JsonWriter& value(int64_t number);
  JsonWriter& value(bool flag);
  JsonWriter& null();
  template <typename T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  [[nodiscard]] std::string finish() &&;  // every object and array closed; ends in a newline

 private:
  void before_value();
  void new_line();
  JsonWriter& end(char bracket);

  struct Level {
    bool empty = true;
  };
  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace assay::reports
