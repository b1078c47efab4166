// Trends over runs for a terminal: a table for each suite with a sparkline, the newest figure and
// the last change, then every change and break in a sentence.
//
//   out += trends_text(trends, {.width = 100});
#pragma once

#include <span>
#include <string>

#include "harness/api/reporter.h"
#include "harness/types/history.h"

namespace assay::reports {

std::string trends_text(std::span<const Trend> trends, const ReportOptions& options);

// At most `count_max` newest points in eight heights between their lowest and highest value; "·"
// has no value, "|" stands before a point that is not compared with those before it. All equal:
// middle.
std::string sparkline(const Trend& trend, size_t count_max);

// A value of the trend as reports show it: "81.2%", "340 ms".
std::string trend_value(const Trend& trend, const Estimate& estimate);
// "2026-11-28", with "T09:05Z" behind it when `minutes`.
std::string trend_date(const std::string& utc, bool minutes);
// Which way a change went.
bool is_worse(const Trend& trend, const TrendChange& change);

}  // namespace assay::reports
