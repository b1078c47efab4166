// Value: what a template computes with, 24 bytes and trivially copyable. Numbers are held in place;
// text, JSON nodes and objects are borrowed: from the context (which outlives the rendering), from
// the Program, or from the Heap of the rendering. Nothing is freed before the rendering ends, so a
// value can never dangle and a list that contains itself cannot leak.
//
// Where it stands: made and read by Interpreter and the builtin tables; never leaves
// Template::render().
//
//   Heap heap;  Value list = Value::list(heap.make<ListObject>());
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/base/json_fwd.h"

// A namespace of its own, below assay::suites: `Value`, `Token` and `Parser` are names that other
// parts of suites/ may want too.
namespace assay::suites::jinja {

enum class Kind : uint8_t {
  kFailed,     // the rendering has failed; the error stands in the Interpreter
  kAbsent,     // an argument that was not given
  kUndefined,  // a name, field or item that does not exist; using it is an error
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kJsonList,  // an array of the context, not copied
  kJsonDict,  // an object of the context, not copied
  kList,      // list, tuple, range, generator, dict view: see Flavour
  kDict,
  kNamespace,
  kLoop,
  kMacro,
  kCallable,
  kCycler,
  kJoiner,
};

struct Object {
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;
};

struct ListObject;
struct DictObject;
struct NamespaceObject;
struct LoopObject;
struct MacroObject;
struct CallableObject;
struct CyclerObject;
struct JoinerObject;
struct UndefinedInfo;

struct Value {
  union {
    bool boolean;
    int64_t integer;
    double number;
    const char* text;
    const Json* json;
    ListObject* list;
    DictObject* dict;
    NamespaceObject* space;
    LoopObject* loop;
    MacroObject* macro;
    CallableObject* callable;
    CyclerObject* cycler;
    JoinerObject* joiner;
    UndefinedInfo* undefined;
  };
  size_t size = 0;  // bytes of `text`
  Kind kind = Kind::kNone;
  bool safe = false;  // text that is already HTML (Jinja's Markup): `+` escapes what is added to it

  Value() : integer(0) {}
  static Value of(Kind kind) {
    Value v;
    v.kind = kind;
    return v;
  }
  static Value of(bool b) {
    Value v = of(Kind::kBool);
    v.boolean = b;
    return v;
  }
  static Value of(int64_t i) {
    Value v = of(Kind::kInt);
    v.integer = i;
    return v;
  }
  static Value of(double d) {
    Value v = of(Kind::kFloat);
    v.number = d;
    return v;
  }
  // Borrows: `s` must live as long as the rendering.
  static Value borrow(std::string_view s) {
    Value v = of(Kind::kString);
    v.text = s.data();
    v.size = s.size();
    return v;
  }
  static Value of(ListObject* o) {
    Value v = of(Kind::kList);
    v.list = o;
    return v;
  }
  static Value of(DictObject* o) {
    Value v = of(Kind::kDict);
    v.dict = o;
    return v;
  }
  static Value of(const char*) = delete;  // would become a bool
  static Value failed() { return of(Kind::kFailed); }
  static Value absent() { return of(Kind::kAbsent); }

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool bad() const { return kind == Kind::kFailed; }
  [[nodiscard]] bool given() const { return kind != Kind::kAbsent; }
  [[nodiscard]] std::string_view view() const { return {text, size}; }
  [[nodiscard]] bool lenient() const;
  [[nodiscard]] bool is_number() const {
    return kind == Kind::kBool || kind == Kind::kInt || kind == Kind::kFloat;
  }
  // bool or int, as Python's int.
  [[nodiscard]] bool is_integral() const { return kind == Kind::kBool || kind == Kind::kInt; }
  [[nodiscard]] int64_t as_integer() const { return is(Kind::kBool) ? int64_t{boolean} : integer; }
  [[nodiscard]] double as_double() const {
    return is(Kind::kFloat) ? number : static_cast<double>(as_integer());
  }
  [[nodiscard]] bool is_dict() const { return kind == Kind::kDict || kind == Kind::kJsonDict; }
};

// What a ListObject is to the template: how it prints, compares and what it allows.
enum class Flavour : uint8_t { kList, kTuple, kGenerator, kRange, kKeys, kValues, kItems };

struct ListObject final : Object {
  Flavour flavour = Flavour::kList;
  bool group = false;                     // a tuple of groupby: has .grouper and .list
  bool consumed = false;                  // generators give their items once
  int64_t start = 0, stop = 0, step = 1;  // of a range, for printing
  std::vector<Value> items;
};

// Insertion-ordered; keys compare as in Python (1 == 1.0 == True). Above a few entries a hash index
// keeps lookups short.
struct DictObject final : Object {
  std::vector<std::pair<Value, Value>> entries;
  std::unordered_multimap<uint64_t, uint32_t> index;  // hash of key to position; empty while small
};

struct NamespaceObject final : Object {
  DictObject fields;
};

struct TextObject final : Object {
  explicit TextObject(std::string t) : text(std::move(t)) {}
  std::string text;
};

struct UndefinedInfo final : Object {
  enum class What : uint8_t { kName, kField, kItem, kOther };
  What what = What::kName;
  bool lenient = false;   // prints as nothing and counts as false: an `if` without `else`
  std::string_view name;  // of the variable or field
  Value owner;            // what was asked for the field or item
  Value key;              // kItem
  std::string text;       // kOther: the message
  uint32_t at = 0;
};

inline bool Value::lenient() const { return is(Kind::kUndefined) && undefined->lenient; }

// Names bound in one scope. A macro keeps the frame it was defined in.
struct Frame final : Object {
  explicit Frame(Frame* p) : parent(p) {}
  Frame* parent;
  std::vector<std::pair<uint32_t, Value>> variables;  // by symbol; the newest last
};

struct CyclerObject final : Object {
  std::vector<Value> items;
  size_t position = 0;
};

struct JoinerObject final : Object {
  Value separator;
  bool used = false;
};

// Owns every object made by one rendering. Not thread-safe; one per rendering.
class Heap {
 public:
  template <typename T, typename... A>
  T* make(A&&... arguments) {
    auto owner = std::make_unique<T>(std::forward<A>(arguments)...);
    T* object = owner.get();
    objects_.push_back(std::move(owner));
    return object;
  }

 private:
  std::vector<std::unique_ptr<Object>> objects_;
};

}  // namespace assay::suites::jinja
