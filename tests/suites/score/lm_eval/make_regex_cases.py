"""Writes python_re.jsonl: patterns, texts, and what Python's own re.findall makes of them.

    python3 make_regex_cases.py > python_re.jsonl

A row: {"pattern", "text", "found": [[...], ...], "removed": re.sub(pattern, "", text)}; a match is
the list of its groups (of the whole match, where the pattern has none). "error": true where Python
refuses the pattern. The patterns are of the kinds that tasks use, and every construct of the syntax.
"""
import itertools
import json
import random
import re
import sys
import warnings

warnings.simplefilter("ignore")

TASK_PATTERNS = [
    r"#### (\-?[0-9\.\,]+)", r"(-?[$0-9.,]{2,})|(-?[0-9]+)", r"The answer is (\-?[0-9\.\,]+).",
    r"(?<=the answer is )(.*)(?=.)", r"(?<=The answer is )(.*)(?=.)|(?<=answer: )(.*)(?=.)",
    r"((?<=The answer is )(.*)(?=.)|(?<=the answer is )(.*)(?=.)|(?<=The answer: )(.*)(?=.))",
    r"\b(True|False)\b", r"\b(Yes|No|yes|no)\b", r"(\([A-Z]\))", r"\(([A-Z])\)", r"([A-D])",
    r"(?i)answer\s*[:=]\s*\(?([A-D])\)?", r"answer is \(?([ABCDEFGHIJ])\)?", r"([0-9]+)/([0-9]+)",
    r"\\boxed\{([^}]*)\}", r"boxed\{((?:[^{}]|\{[^{}]*\})*)\}", r"[0-9]+", r"-?\d+(?:\.\d+)?",
    r"(?s)```(?:python)?\n(.*?)```", r"(?m)^([A-D])[.)]", r"(?m)^\s*(\w+):\s*(.*)$",
    r"(?<= )([\" \[\(<{}>\)\]]+)|([\" \[\(<{}>\)\]]+)", r"答案是 (\-?[0-9\.\,]+)。", r"정답[은:]?\s*(\S+)",
    r"답은 ?(\d+)", r"คำตอบคือ (\-?[0-9\.\,]+)", r"答えは(\-?[0-9\.\,]+)です。", r"(?s).*#### ", r"\.$", ",", r"\$",
    r"\n", "\"", r"\\", r"(\w+)\s*$", r"^\s*(\w+)", r"\A\W*(\w)", r"(\w)\W*\Z", r"[^\W\d_]+", r"\S+@\S+\.\w+",
    r"(?:^|\n)\s*(?:Answer|답)\s*[:：]\s*([^\n]+)", r"(?P<letter>[A-D])[).](?P<rest>.*)", r"(?P<q>['\"])(.*?)(?P=q)",
    r"(\w)\1", r"(?:(\d+),)?(\d+)", r"(a)|(b)|(c)?", r"x*", r"\b", r"\B", r"", r"(?=\d)", r"(?<!\d)\d{1,3}(?!\d)",
    r"\d{,2}", r"\d{2,}", r"\d{2,3}?", r"a{,}", r"{}", r"x{2", r"{a}", r"[]x]", r"[^]x]+", r"[a\-z]+", r"[a-]+", r"[\d-]+",
    r"[\s\S]{3}", r"[^\s]+", r"[\S]+", r"[\W]+", r"[\D]", r"\s+", r"\S", r"\W", r"\D+", r"\w+", r"[[:alpha:]]+", r"[\b]",
    r"\x41", r"[\x41-\x44]+", r"\u0041|\uc11c", r"\U0001F600", r"\101", r"\0", r"[\101]", r"\07",
    r"(?i)i", r"(?i)[h-j]", r"(?i)[^i]", r"(?i)k", r"(?i)s+", r"(?i)É", r"(?i)ß", r"(?a)\w+", r"(?a)\d+", r"(?a)\s", r"(?a)\b\w",
    r"(?a:\w)+\w", r"(?i:a)b", r"(?-i:a)B", r"(?i)(?-i:a)b", r"(?s:.)x", r".+", r"(?s).+", r"^.*$", r"(?m)^.*$", r"(?m)^", r"(?m)$", r"$", r"\Z",
    r"(?x) a  b # comment" + "\n" + r" [ ] c", r"(?x)\d + \. \d *", r"(?#c)a(?#d)+", r"(?>a+)b", r"a++b", r"a*+", r"a?+a", r"(?>a|ab)c",
    r"(a)?(?(1)b|c)", r"(?P<o>\()?\w+(?(o)\))", r"(a+)(b+)?", r"((a)|b)+", r"(a|b(c))*", r"(a*)*", r"(a*)+", r"(?:a|)+", r"(|a)+",
    r"\.", r"\-\_\!\%\&\~\@\`\:\;\=\<\>\/\'", r"é", r"[가-힣]+", r"[一-龥]{2}", r"[ぁ-ん]+", r"[^\x00-\x7f]+", r"\t|\v|\f|\r|\a",
    r"(\d+)%", r"£?\$?€?([\d,]+(?:\.\d+)?)", r"(?i)\bfinal answer\b.*?(-?\d+)", r"answer:? *([^.\n]*)", r"\*\*(.+?)\*\*",
    r"<answer>(.*?)</answer>", r"\[\[(\w+)\]\]", r"(\d+)(?:st|nd|rd|th)", r"(?<=\bis )\d+", r"(?<![A-Z])[A-Z](?![A-Z])",
    r"([+-]?\d+)\s*([*/+-])\s*([+-]?\d+)", r"\(\s*\)", r"a|b|", r"|a", r"(?!)", r"(?:)", r"()", r"(?=(\w))",
    r"(?<=(\w))\d", r"[\w.]+", r"[\w\s]+", r"[^\w\s]", r"\d\s\w", r"(?:\r\n|\n|\r)", r"[\n\r]+", r"(.)(?=.*\1)", r"\w+?\b",
    r"(?i)[A-Z]+", r"(?i)[^a-z]+", r"(?i)straße", r"(?i)σ", r"(?i)ſ", r"(?i)İ|ı",
]
ERROR_PATTERNS = [
    "*a", "+", "?", "a**", "a*{2}", "a{2}{3}", "^*", r"\b+", "(*a)", "a|*", "(a", "a)", "[a", "[", r"\q", r"\8", r"(a)\2", r"[\q]", r"[\8]",
    r"[z-a]", r"[\d-z]", r"[a-\d]", "(?P<a>x)(?P<a>y)", "(?P=b)", "(?P<1>x)", "(?<n>x)", "(?Z)", "a(?i)b", "(?-i)a", "(?", "(?P", "(?P<", "(?P<a", r"\x4",
    r"\u12", "a{3,2}", "(?(1)a|b|c)(x)", "(?L)a", "(?au)x", "(?i", "(?#abc", "\\", r"\400", "(?(0)a)", "(?(x)a)", r"(a\1)", r"(?<=a+)b", r"\z", r"\h",
    r"\R", r"\K", r"\Qa\E", r"\e", r"\C", "(?|a)", "(?&x)", "(?R)", "(?1)", "a***", "(?:+)", "(?i-)", "(?-:a)",
]
TEXTS = [
    "", "a", "ab", "abc", "aab", "aaab", "bca", "aXbX", "x", "xx yy", "A", "The answer is 42.", "the answer is (B).", "the answer is yes. The answer: no.",
    "#### 1,234\n#### -5.5", "It costs $3 in total, i.e. 29 percent.", "1 2 3 4.5 6,7 $8 -9 .5", "3/4 and 5/6", "Answer: C\nB) no\nA. yes\n", "True and False, yes or No",
    "\\boxed{\\frac{1}{2}} and \\boxed{5}", "```python\nx = 1\n```\n```\ny\n```", "答案是 12。答えは34です。", "정답은 나. 답은 7 서울 둘둘", "คำตอบคือ 9", "line one\nline two\n", "\n\n",
    " \t\u00a0\u1680\u2003\u3000\u180e\x1c\x85z\r\nq", "é É ß ẞ STRASSE straße", "i I İ ı K k ſ s S σ ς Σ", "٣४ 1٢ x²½Ⅷ", "a_b-c.d@e.org", "[ ] ( ) { } < > \" '", "x{2 {} {a} }", "\x00\x07\x08A\x0b",
    "😀 A😀b", "12345 99% 1st 22nd £1,000.50", "**bold** [[tag]] <answer> x </answer>", "(a) (bc) d", "'q' \"w\" 'un", "I do not know.", "FINAL ANSWER is -17", "aa bb abab", "ba", "ca", "a\nb", "\ta\t", "C: \u0301e e\u0301",
    "word", "3 + 4 * -5", "A)B. C", "gеt", "…—", "ab\n", "b", "c", "abcabc 112233",
]


def row(pattern, text):
    out = {"pattern": pattern, "text": text}
    try:
        regex = re.compile(pattern)
    except Exception:
        return {"pattern": pattern, "error": True}
    out["found"] = [list(m) if isinstance(m, tuple) else [m] for m in regex.findall(text)]
    out["removed"] = regex.sub("", text)
    return out


def main():
    rng = random.Random(7)
    pairs = []
    for pattern in TASK_PATTERNS:
        matching = [t for t in TEXTS if re.search(pattern, t)]
        others = [t for t in TEXTS if t not in matching]
        pairs += [(pattern, t) for t in rng.sample(matching, min(4, len(matching)))]
        pairs += [(pattern, t) for t in rng.sample(others, min(1, len(others)))]
    pairs += [(pattern, "") for pattern in ERROR_PATTERNS]
    for pattern, text in pairs:
        print(json.dumps(row(pattern, text), ensure_ascii=False))


if __name__ == "__main__":
    main()
