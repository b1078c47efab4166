"""What a comparison of an API model with one on this machine must say, computed apart from Assay in closed form.

    money_reference.py ITEMS.jsonl DECISION.json REPORT.json TCO.json

Reads the items of the run (export), and fails with a line for each figure of the decision, the report and the comparison of API
with own machine that is not what follows from them. The prices and the machine are those of money_test.cc.
"""
import json
import math
import sys

PRICE_IN, PRICE_OUT = 2.0, 8.0  # USD per million tokens
MACHINE_PER_HOUR = 0.4  # USD
JOULES_PER_ANSWER = 1.25
REQUEST_IN, REQUEST_OUT = 1000, 200  # tokens of the traffic that API and machine are compared for
API, OWN = "api", "own"


def rows_of(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8") if line.strip()]
    return {name: sorted((r for r in rows if r["model"] == name), key=lambda r: r["sample"]) for name in (API, OWN)}


def is_right(row):
    return row["scores"][0]["value"] == 1


def api_cost(row):
    output = row["output_tokens"] + (row["reasoning_tokens"] or 0)
    return (row["input_tokens"] * PRICE_IN + output * PRICE_OUT) / 1e6


def log_choose(n, k):
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def probability_of_more(n, first, second):
    """P(X > Y), (X, Y, rest) multinomial of n draws with shares first / n and second / n."""
    p, q = first / n, second / n
    rest = 1 - p - q
    total = 0.0
    for x in range(1, n + 1):
        for y in range(0, min(x, n - x + 1)):
            if x + y > n or (p == 0 and x > 0) or (q == 0 and y > 0) or (rest <= 0 and x + y < n):
                continue
            log = log_choose(n, x) + log_choose(n - x, y) + x * math.log(p)
            log += y * math.log(q) if y else 0
            log += (n - x - y) * math.log(rest) if n - x - y else 0
            total += math.exp(log)
    return total


def main():
    items, decision, report, tco = (sys.argv[i] for i in range(1, 5))
    rows = rows_of(items)
    suite = json.load(open(decision, encoding="utf-8"))["suites"][0]
    decided = {m["model"]: m for m in suite["models"]}
    summary = json.load(open(report, encoding="utf-8"))["suites"][0]
    timing = {m["model"]: m for m in summary["timing"]["models"]}
    compared = json.load(open(tco, encoding="utf-8"))
    problems = []

    def expect(what, want, got, tolerance):
        if got is None or not math.isclose(want, got, rel_tol=tolerance):
            problems.append(f"{what}: expected {want!r}, found {got!r}")

    n = len(rows[API])
    right = {name: sum(map(is_right, rows[name])) for name in rows}
    cost = {
        API: sum(map(api_cost, rows[API])),
        OWN: sum(r["latency_s"] for r in rows[OWN]) * MACHINE_PER_HOUR / 3600,
    }
    # A nano-unit is the last digit of an amount; a machine's costs here are a few thousand of them.
    for name, tolerance in ((API, 1e-6), (OWN, 1e-3)):
        per_correct = cost[name] / right[name]
        expect(f"cost per correct answer of {name}", per_correct, decided[name]["cost"]["per_correct"]["value"], tolerance)
        expect(f"the same in the report, {name}", per_correct, float(timing[name]["machine_cost"]["per_correct"]), 1e-2)
    chosen = suite["reference"]
    for name in set(rows) - {chosen}:
        ratio = (cost[name] / right[name]) / (cost[chosen] / right[chosen])
        expect(f"cost ratio of {name}", ratio, decided[name]["cost"]["ratio"]["value"], 2e-3)

    # The machine is always cheaper and faster here, so it is on the front in every draw; the API is where it is right more
    # often, which two items of the four kinds (right here, wrong there, ...) decide.
    only_api = sum(is_right(a) and not is_right(b) for a, b in zip(rows[API], rows[OWN]))
    only_own = sum(is_right(b) and not is_right(a) for a, b in zip(rows[API], rows[OWN]))
    member = probability_of_more(n, only_api, only_own)
    draws = suite["draws"]
    allowed = 4.5 * math.sqrt(max(member * (1 - member), 1 / draws) / draws)
    found = decided[API]["front"]["probability"]
    if found is None or abs(found - member) > allowed:
        problems.append(f"front probability of the API: expected {member:.4f} ± {allowed:.4f}, found {found}")
    if decided[OWN]["front"]["probability"] != 1:
        problems.append(f"front probability of the machine: expected 1, found {decided[OWN]['front_probability']}")

    energy = timing[OWN]["energy"]
    expect("joules", JOULES_PER_ANSWER * len(rows[OWN]), energy["gross_joules"], 1e-9)
    expect("joules per correct answer", JOULES_PER_ANSWER * len(rows[OWN]) / right[OWN],
           energy["joules_per_correct"]["value"], 1e-9)

    check_break_even(compared, expect, problems)
    print("\n".join(problems))
    return 1 if problems else 0


def check_break_even(compared, expect, problems):
    """One node rented by the hour against an API priced by the token: they cost the same where requests × price = rent."""
    per_request = (REQUEST_IN * PRICE_IN + REQUEST_OUT * PRICE_OUT) / 1e6
    point = next((b for b in compared["break_even"] if b["kind"] == "rent"), None)
    if point is None or point["verdict"] != "from":
        problems.append(f"break-even of renting: expected one, found {point!r}")
        return
    expect("break-even, requests a day", 24 * MACHINE_PER_HOUR / per_request, point["requests_per_day"], 1e-6)


if __name__ == "__main__":
    sys.exit(main())
