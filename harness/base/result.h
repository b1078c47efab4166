// Result<T>: a value or an Error; how every operation that may fail says so.
//
// Where it stands: the lowest layer; everything above returns it. Exceptions do not cross a
// function of ours: a library that throws is wrapped, and the wrapper returns an Error. Member
// names follow C++23's std::expected.
//
//   Result<int> parse(std::string_view text);
//   Result<void> use(std::string_view text) {
//     ASSAY_TRY(const int n, parse(text));        // returns the error upward
//     ASSAY_TRY_VOID(store(n));
//     return {};
//   }
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "harness/base/check.h"

namespace assay {

// What kind of failure it is; app/ maps it to the exit code (PRODUCT: 2 usage or input, 4
// infrastructure, 130).
enum class ErrorCode {
  kInput,     // a file, flag or value given by the user is wrong
  kNotFound,  // a thing that was named does not exist
  kConflict,  // the facts on disk contradict what is asked now (changed prompt, second writer)
  kIo,        // the operating system refused (disk full, permission)
  kInfrastructure,  // a model, plugin or tool that we depend on failed
  kLimit,           // a named limit was reached
  kInterrupted,     // the user stopped it
};

struct Error {
  ErrorCode code = ErrorCode::kInput;
  std::string message;  // what was found, what was expected
  std::string where;    // file:line:column, or the name of the thing; may be empty

  // "where: message", or the message alone.
  [[nodiscard]] std::string text() const {
    return where.empty() ? message : where + ": " + message;
  }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] T& value() & {
    ASSAY_CHECK(has_value(), "value() of an error: {}", std::get<1>(state_).text());
    return std::get<0>(state_);
  }
  [[nodiscard]] const T& value() const& {
    ASSAY_CHECK(has_value(), "value() of an error: {}", std::get<1>(state_).text());
    return std::get<0>(state_);
  }
  [[nodiscard]] T&& value() && {
    ASSAY_CHECK(has_value(), "value() of an error: {}", std::get<1>(state_).text());
    return std::get<0>(std::move(state_));
  }
  [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
  [[nodiscard]] Error& error() & { return std::get<1>(state_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  template <typename U>
  [[nodiscard]] T value_or(U&& other) const& {
    return has_value() ? std::get<0>(state_) : static_cast<T>(std::forward<U>(other));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}  // NOLINT: implicit by design
  [[nodiscard]] bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] const Error& error() const& { return error_; }
  [[nodiscard]] Error& error() & { return error_; }
  [[nodiscard]] Error&& error() && { return std::move(error_); }

 private:
  bool failed_ = false;
  Error error_;
};

inline Error input_error(std::string where, std::string message) {
  return Error{ErrorCode::kInput, std::move(message), std::move(where)};
}

}  // namespace assay

// Names made of a counter, so that one use may stand inside another (in a lambda).
#define ASSAY_CONCAT_INNER(a, b) a##b
#define ASSAY_CONCAT(a, b) ASSAY_CONCAT_INNER(a, b)
// ASSAY_TRY(declaration, expression): binds the value or returns the error.
#define ASSAY_TRY(declaration, expression) \
  ASSAY_TRY_IMPL(ASSAY_CONCAT(assay_try_, __COUNTER__), declaration, expression)
#define ASSAY_TRY_IMPL(temporary, declaration, expression)         \
  auto temporary = (expression);                                   \
  if (!temporary.has_value()) return std::move(temporary).error(); \
  declaration = std::move(temporary).value()
// ASSAY_TRY_VOID(expression): returns the error.
#define ASSAY_TRY_VOID(expression) \
  ASSAY_TRY_VOID_IMPL(ASSAY_CONCAT(assay_try_void_, __COUNTER__), expression)
#define ASSAY_TRY_VOID_IMPL(temporary, expression)                   \
  do {                                                               \
    auto temporary = (expression);                                   \
    if (!temporary.has_value()) return std::move(temporary).error(); \
  } while (false)
