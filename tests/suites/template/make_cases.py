"""Writes cases.jsonl: templates, contexts and what the real Jinja2 makes of them.

Run with Jinja2 installed:  python3 make_cases.py > cases.jsonl
A row's `expected` is the rendered text, or null where Jinja2 raises. What differs on purpose
(template.h lists it) is not here but in template_test.cc.
"""
import json
import re
import sys

import jinja2

OPTIONS = ("trim_blocks", "lstrip_blocks", "keep_trailing_newline")


def environment(options):
    env = jinja2.Environment(undefined=jinja2.StrictUndefined,
                             keep_trailing_newline=options.get("keep_trailing_newline", True),
                             trim_blocks=options.get("trim_blocks", False),
                             lstrip_blocks=options.get("lstrip_blocks", False))
    env.filters["regex_replace"] = lambda s, pattern, repl, count=0: re.sub(pattern, repl, s,
                                                                            count=count)
    return env


def render(template, context, options):
    try:
        return environment(options).from_string(template).render(**json.loads(json.dumps(context)))
    except Exception:  # whatever Python raises, the row says "an error"
        return None


def main():
    source = f"Jinja2 {jinja2.__version__}, Python {sys.version.split()[0]}"
    for number, case in enumerate(__import__("case_list").CASES):
        template, context = case[0], case[1] if len(case) > 1 else {}
        options = case[2] if len(case) > 2 else {}
        row = {"id": number, "template": template, "context": context}
        if options:
            row["options"] = options
        row["expected"] = render(template, context, options)
        row["source"] = source
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
