// Self-hosting for people: figures and sentences that the text and the page share, so that the two
// never say different things.
#pragma once

#include <optional>
#include <string>

#include "harness/types/tco.h"
#include "reports/html/strings.h"

namespace assay::reports {

// "14,610", "246.50", "0.0240": whole from 1000 up, two decimals from 100 up, else three digits.
std::string tco_money(double value);
std::string tco_money(const std::optional<double>& value);
// "20,000", "2.5".
std::string tco_volume(double requests_per_day);
// "141.1 GB", of 10^9 bytes.
std::string tco_bytes(double bytes);
std::string tco_percent(double share);

// "API", "rented", "own".
std::string tco_kind(TcoKind kind, Language language);
// "8xH100, rented"; an API by its name alone.
std::string tco_name(const TcoOption& option, Language language);
std::string tco_origin(TcoOrigin origin, Language language);

// What the traffic is, in one sentence.
std::string tco_traffic(const TcoReport& report, Language language);
// What is to be known when reading the costs of a million tokens.
std::string tco_note(const TcoReport& report, Language language);
// Whether hosting pays, in one or two sentences.
std::string tco_sentence(const TcoReport& report, const TcoBreakEven& found, Language language);

// "4 × H100 80 GB", "more than 16 × H100 80 GB".
std::string tco_fit(const MemoryNeeds& needs, const MemoryFit& fit, Language language);

// Index of the cheapest option at volumes[i]; the first of equal ones.
size_t tco_cheapest(const TcoReport& report, size_t volume);

}  // namespace assay::reports
