// Porter's stemmer as NLTK has it by default (its extensions included): what ROUGE compares words
// by.
//
// Where it stands: used by rouge.h; pure.
//
//   porter_stem("relational") == "relat"
#pragma once

#include <string>
#include <string_view>

namespace assay::suites {

// The stem, in lower case. `word` is valid UTF-8; words of one or two characters stay as they are.
// Linear time. Source: Porter, Program 14.3 (1980); NLTK 3.8, PorterStemmer(mode=NLTK_EXTENSIONS).
std::string porter_stem(std::string_view word);

}  // namespace assay::suites
