// The readers of mathematical answers on bytes from outside: up to the first line feed the gold
// answer, the rest the reply. Checks that an answer equals itself, and that a verdict comes with a
// reason.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/check.h"
#include "harness/base/utf8.h"
#include "suites/score/math/equivalence.h"
#include "suites/score/math/reference_text.h"
#include "suites/score/math/sympy_latex.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace assay::suites::math;
  const std::string text =
      assay::sanitize_utf8(std::string_view(reinterpret_cast<const char*>(data), size));
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string gold = text.substr(0, line);
  const std::string reply = text.substr(std::min(line + 1, text.size()));
  const Equivalence e = equivalent("$" + gold + "$", reply, {});
  ASSAY_CHECK(e.same == Sameness::kSame || !e.reason.empty(), "a verdict without a reason");
  const Equivalence self = equivalent(reply, reply, {});
  ASSAY_CHECK(self.same != Sameness::kDifferent || self.prediction.empty(),
              "`{}` differs from itself", reply);
  (void)minerva_equal(normalize_minerva(gold), normalize_minerva(minerva_final_answer(reply)));
  (void)minerva_equal(gold, reply);
  (void)lm_eval_hendrycks_equal(gold, lm_eval_hendrycks_answer(reply));
  (void)hendrycks_equal(gold, reply);
  if (const auto boxed = last_boxed_only_string(reply)) (void)remove_boxed(*boxed);
  return 0;
}
