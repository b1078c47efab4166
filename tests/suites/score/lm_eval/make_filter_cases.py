"""Writes filters.jsonl and exact_match.jsonl: what lm-evaluation-harness' filters and exact_match
make of many responses, by Python's own `re`, `str` and NumPy (needs python3-numpy).

    python3 make_filter_cases.py

The rules are restated here from lm_eval/filters and lm_eval/api/metrics.py (0.4.11), so that what is
compared is Python's behaviour, not one C++ function with another.
"""
import collections
import json
import re
import string
import unicodedata
import warnings

import numpy as np

warnings.simplefilter("ignore")
DEFAULT = r"#### (\-?[0-9\.\,]+)"


def pick(found, select, when_empty):
    one = found[select]
    if isinstance(one, tuple):
        one = next((part for part in one if part), when_empty)
    return one.strip()


def regex(values, choices, regex_pattern=DEFAULT, group_select=0, fallback="[invalid]"):
    out = []
    for value in values:
        found = re.findall(regex_pattern, value if isinstance(value, str) else "")
        out.append(pick(found, group_select, fallback) if found else fallback)
    return out


def multi_choice_regex(values, choices, regex_pattern=DEFAULT, group_select=0, fallback="[invalid]",
                       ignore_case=False, ignore_punctuation=False, regexes_to_ignore=None):
    def reduce(text):
        for pattern in regexes_to_ignore or []:
            text = re.sub(pattern, "", text)
        if ignore_case:
            text = text.lower()
        if ignore_punctuation:
            text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
        return text

    def match(pattern, text, names):
        found = re.findall(pattern, text)
        one = pick(found, group_select, "") if found else ""
        return names.get(one, one) if one else one

    texts = [reduce(c.strip()) for c in choices]
    letters = [chr(65 + i) for i in range(len(choices))]
    by_text = {t: f"({a})" for t, a in zip(texts, letters)}
    by_letter = {a: f"({a})" for a in letters}
    out = []
    for value in values:
        value = value if isinstance(value, str) else ""
        out.append(match(regex_pattern, value, {})
                   or match("|".join(map(re.escape, texts)), reduce(value), by_text)
                   or match(r":\s*(" + "|".join(letters) + ")", value, by_letter) or fallback)
    return out


def regex_pos(values, choices, fallback=None):
    return [[tag for _, tag in re.findall(r"\('([^']*)', '([^']*)'\)", v)] or fallback or ["invalid"]
            for v in values]


def format_span(values, choices):
    labels = [("person", "PER"), ("location", "LOC"), ("organization", "ORG"), ("counties", "LOC"),
              ("places", "LOC"), ("people", "PER"), ("persons", "PER"), ("company", "ORG"),
              ("country", "LOC"), ("continent", "LOC"), ("time", "DATE"), ("date", "DATE"),
              ("per", "PER"), ("loc", "LOC"), ("org", "ORG")]
    out = []
    for text in values:
        text = text.lower()
        for word, label in labels:
            text = text.replace(word, label)
        text = text.replace("$$", "$").rstrip("$").replace("\n", "$").strip()
        pairs = [(label, part.strip()) for label, some in
                 re.findall(r"\b(PER|LOC|ORG|DATE):\s*([^$]+)", text) for part in some.split(",")]
        out.append(" $ ".join(f"{a.lower()}: {b}" for a, b in pairs if b.lower() != "none"))
    return out


FILTERS = {
    "regex": regex, "multi_choice_regex": multi_choice_regex, "regex_pos": regex_pos, "format_span": format_span,
    "remove_whitespace": lambda values, choices: [v.strip() for v in values],
    "lowercase": lambda values, choices: [v.lower() for v in values],
    "uppercase": lambda values, choices: [v.upper() for v in values],
    "map": lambda values, choices, mapping_dict=None, default_value=None:
        [(mapping_dict or {}).get(v, default_value) for v in values],
    "take_first": lambda values, choices: values[0],
    "majority_vote": lambda values, choices: [collections.Counter(values).most_common(1)[0][0]],
}


def take_first_k(values, choices, k):
    if len(values) < k:
        raise AssertionError
    return values[:k]


FILTERS["take_first_k"] = take_first_k


def step(function, **keys):
    return {"function": function, **keys}


TF = step("take_first")
NUMBER = r"(-?[$0-9.,]{2,})|(-?[0-9]+)"
PIPELINES = [
    [step("regex"), TF], [step("regex", regex_pattern=NUMBER, group_select=-1), TF], [TF], [step("remove_whitespace"), TF],
    [step("regex", regex_pattern=NUMBER, group_select=1), TF], [step("regex", regex_pattern=NUMBER, group_select=-2), TF],
    [step("regex", regex_pattern=r"answer is \(?([A-J])\)?"), TF], [step("regex", regex_pattern=r"(x*)(y*)", fallback=" none "), TF],
    [step("lowercase"), step("regex", regex_pattern=r"\b(yes|no|true|false)\b"), TF], [step("uppercase"), TF], [step("lowercase"), TF],
    [step("remove_whitespace"), step("map", mapping_dict={"A": "0", "B": "1", "yes": 1, "Yes": 1}, default_value="-1"), TF],
    [step("map", mapping_dict={"A": "a"}), TF], [step("regex", regex_pattern=NUMBER), step("majority_vote"), TF],
    [step("regex", regex_pattern=NUMBER, group_select=-1), step("take_first_k", k=2), step("majority_vote"), TF],
    [step("take_first_k", k=3), step("remove_whitespace"), step("majority_vote"), TF], [step("take_first_k", k=1)], [step("lowercase")],
    [step("regex_pos"), TF], [step("regex_pos", fallback=["none"]), TF], [step("format_span"), TF], [TF, step("uppercase")], [TF, TF],
    [step("multi_choice_regex", regex_pattern=r"(\([A-Z]\))", group_select=0), TF],
    [step("multi_choice_regex", regex_pattern=r"(\([A-Z]\))", group_select=-1, ignore_case=True, ignore_punctuation=True), TF],
    [step("multi_choice_regex", regex_pattern=r"(\([A-Z]\))", ignore_case=True, ignore_punctuation=True, regexes_to_ignore=[r"\bthe\b", r"\d+"]), TF],
    [step("multi_choice_regex", regex_pattern="none of this", group_select=1), TF], [step("multi_choice_regex"), TF],
]
RESPONSES = [
    ["#### 1,234"], ["So 3 + 4 = 7. The answer is 7."], ["  Yes \n"], [" A"], ["B\n"], [""], ["no idea"], ["$5.50 and 6"], ["-3"], ["xxy yy"],
    ["the answer is (C)", "the answer is (D)", "It is (D)"], ["1 apple", "2 pears", "2 plums", "1"], ["7", "8", "8"], ["b", "a", "a", "b"],
    ["I choose (B) and then (A)."], ["It is Seoul."], ["it is the SEOUL!"], ["Busan, no: Seoul; answer: B"], ["Answer:  C"], ["answer :A, :D"], ["Taegu"],
    ["[('the', 'DET'), ('cat', 'NOUN')]"], ["person: Ada, Bob\nlocation: none $$ date: May 1"], ["Organization: UN$PER: x , none"], ["ΟΔΟΣ İ ß ŉ ﬁ ǰ ᾳ"],
    ["#### 5\n#### 6,7"], ["정답은 3번, 서울"], ["yes: no"], ["A:B"], ["The answer is (A) 12 (B)"], ["\u00a0\x1cx\u3000"], ["1. Busan 2. Seoul"],
]
CHOICES = [["Seoul", "Busan", "Daegu", "Jeju"], ["the Seoul!", "12", " B ", "Seoul."], ["a", "", "b"], []]


def run(steps, responses, choices):
    state = list(responses)
    for one in steps:
        keys = {k: v for k, v in one.items() if k != "function"}
        state = FILTERS[one["function"]](state, choices, **keys)
    return state


def filter_rows():
    for number, steps in enumerate(PIPELINES):
        needs_choices = steps[0]["function"] == "multi_choice_regex"
        for responses in RESPONSES:
            for choices in CHOICES if needs_choices else [None]:
                row = {"steps": steps, "responses": responses, "choices": choices}
                try:
                    row["expected"] = run(steps, responses, choices)
                except Exception:
                    row["error"] = True
                yield row


def exact_match(prediction, references, regexes_to_ignore=None, ignore_case=False,
                ignore_punctuation=False, ignore_numbers=False):
    left, right = np.asarray([prediction] * len(references)), np.asarray(references)
    for pattern in regexes_to_ignore or []:
        left = np.array([re.sub(pattern, "", x) for x in left])
        right = np.array([re.sub(pattern, "", x) for x in right])
    if ignore_case:
        left, right = np.char.lower(left), np.char.lower(right)
    for wanted, characters in ((ignore_punctuation, string.punctuation), (ignore_numbers, string.digits)):
        if wanted:
            table = str.maketrans("", "", characters)
            left, right = np.char.translate(left, table=table), np.char.translate(right, table=table)
    return float(np.mean(left == right))


GSM8K = [",", "\\$", "(?s).*#### ", "\\.$"]
OPTIONS = [{}, {"ignore_case": True}, {"ignore_punctuation": True}, {"ignore_numbers": True}, {"ignore_case": True, "ignore_punctuation": True},
           {"regexes_to_ignore": GSM8K, "ignore_case": True}, {"regexes_to_ignore": ["\\.$", ",", "\\\\", "\n", "\""], "ignore_case": True},
           {"regexes_to_ignore": []}, {"regexes_to_ignore": ["[0-9]+", "a"], "ignore_punctuation": True, "ignore_numbers": True}]
PAIRS = [("42", ["42"]), ("42.", ["42"]), ("$1,234", ["so\n#### 1234"]), ("Yes", ["yes"]), ("YES!", ["yes"]), ("yes", ["no"]), ("", [""]), ("a1b2", ["ab"]),
         ("(A)", ["A"]), ("İ", ["i"]), ("İ", ["i̇"]), ("aİb", ["Aİ"]), ("ΟΔΟΣ", ["οδος"]), ("x\0", ["x"]), ("x ", ["x"]), ("x\n", ["x"]), ("“x”", ["x"]),
         ("it's", ["its"]), ("a", ["b", "a"]), ("a", ["A", "B", "a."]), ("İ", ["i̇", "abc"]), ("3.0", ["3"]), ("안녕", ["안녕"]), ("STRASSE", ["straße"]), ("\\", [""])]


def main():
    with open("filters.jsonl", "w", encoding="utf-8") as out:
        for row in filter_rows():
            print(json.dumps(row, ensure_ascii=False), file=out)
    with open("exact_match.jsonl", "w", encoding="utf-8") as out:
        for options in OPTIONS:
            for prediction, references in PAIRS:
                print(json.dumps({"prediction": prediction, "references": references, "options": options,
                                  "expected": exact_match(prediction, references, **options)}, ensure_ascii=False), file=out)


if __name__ == "__main__":
    main()
