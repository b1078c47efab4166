// baseline:random|majority|bm25|linear  what any model must beat, answered in this process.
//
// Where it stands: a row of backends/registry; each is an InProcessModel. They learn in
// Backend::prepare from the train split of every suite, and answer per suite (Request::suite).
//
//   baseline:random    a uniform draw from the question's choices, else from the train targets
//   baseline:majority  the most frequent train target; the first seen on a tie
//   baseline:bm25      the target of the train line nearest to the question (backends/model/bm25.h)
//   baseline:linear    TF-IDF over characters and words, multinomial logistic regression
//                      (backends/model/linear.h)
//
//   ASSAY_TRY(ModelSpec spec, parse_model_spec("baseline:linear?train=100"));
//   ASSAY_TRY(std::unique_ptr<Backend> backend, make_baseline_backend(spec, context));
#pragma once

#include <memory>

#include "backends/registry.h"

namespace assay::backends {

Result<std::unique_ptr<Backend>> make_baseline_backend(const ModelSpec& spec,
                                                       const BackendContext& context);

}  // namespace assay::backends
