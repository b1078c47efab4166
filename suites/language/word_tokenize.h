// Words of an English text, as NLTK's word_tokenize gives them: Punkt sentences, each cut by the
// Treebank rules (signs apart, "do" "n't", "can" "not", quotes as `` and '').
//
// Where it stands: used by the IFEval checks. Pure, any thread; linear in the text.
//
// Source: NLTK 3.8 (nltk/tokenize/destructive.py, class NLTKWordTokenizer; 3.9.1 has the same
// rules). Later versions also cut at U+2012..U+2015 and treat 's before a line end; see
// docs/decisions/0017-ifeval.md.
//
//   word_tokenize(U"Don't stop.")   // "Do" "n't" "stop" "."
#pragma once

#include <string>
#include <vector>

#include "suites/language/python_text.h"

namespace assay::suites::language {

std::vector<std::u32string> word_tokenize(TextView text);
// One sentence, without cutting it into sentences first.
std::vector<std::u32string> treebank_words(TextView sentence);

}  // namespace assay::suites::language
