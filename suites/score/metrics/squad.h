// Exact match and token F1 of short answers, as the SQuAD 2.0 evaluation has them.
//
// Where it stands: used by the scorer `squad`; pure.
//
//   squad_normalize("The  U.S.A.") == "usa"
//   squad_f1("the big cat", "big cats");
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::suites {

// Lower case, ASCII punctuation removed, the words a, an, the removed, white space as one blank.
// `text` is valid UTF-8. Source: SQuAD evaluate-v2.0.py, normalize_answer.
std::string squad_normalize(std::string_view text);

// Of the normalised texts: 1 when equal, else 0.
double squad_exact(std::string_view gold, std::string_view prediction);
// Harmonic mean of the shares of common tokens, of the normalised texts. No tokens on a side: 1
// when both have none, else 0. Source: the same, compute_f1.
double squad_f1(std::string_view gold, std::string_view prediction);

struct SquadScore {
  double exact = 0;
  double f1 = 0;
};
// The best over the golds, each of both figures by itself. Golds that are empty once normalised do
// not count; when none is left the question has no answer, and an empty prediction is right.
SquadScore squad_best(std::span<const std::string> golds, std::string_view prediction);

}  // namespace assay::suites
