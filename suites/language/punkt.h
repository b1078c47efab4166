// Sentences of an English text, as NLTK's sent_tokenize finds them: the Punkt algorithm with the
// model that NLTK ships for English.
//
// Where it stands: used by the IFEval checks and by word_tokenize. Pure, any thread; time and
// memory are linear in the text, whatever it is.
//
// Rules: only `.`, `?` and `!` can end a sentence, and only before white space and another word or
// before a closing sign. Whether one does is decided from the word before it and the word after it:
// known abbreviations, initials, numbers and dots in a row do not end a sentence unless the next
// word looks like the start of one. Closing quotes and brackets go to the sentence they close. The
// text after the last end is a sentence too; a text of nothing but white space has none.
//
// Source: NLTK 3.8 (nltk/tokenize/punkt.py; 3.9 decides the same), Kiss and Strunk 2006.
//
//   const size_t n = split_sentences(to_points(reply)).size();
#pragma once

#include <vector>

#include "suites/language/python_text.h"

namespace assay::suites::language {

// Views into `text`.
std::vector<TextView> split_sentences(TextView text);

}  // namespace assay::suites::language
