// What Assay's own exports add to another tool's log (member `assay` of a sample), read back: the
// reply's times, tokens and scores as they were, so that nothing is lost on the way.
//
// Where it stands: suites/import/logs; reports/export/foreign_export.h writes it. Pure. Whatever is
// not of the expected form is as if it were absent.
//
//   if (const Json* assay = assay_member(sample)) read_assay_reply(*assay, item);
#pragma once

#include "harness/base/json.h"
#include "suites/import/logs/foreign_log.h"

namespace assay::suites {

// The member `assay` of version 1, or nullptr.
const Json* assay_member(const Json& object);
// Cluster, request, truth and tags.
void read_assay_item(const Json& assay, ForeignItem& item);
// One reply: outcome, times, tokens, cost, scores. The answer stands in the tool's own place.
void read_assay_reply(const Json& reply, ForeignItem& item);

}  // namespace assay::suites
