// Memory needs: how much memory a model takes to serve, and how many GPUs hold it.
//
// Where it stands: harness/cost, beside tco.h; called by compare_hosting() and alone. Pure. Double.
//
//   MemoryNeeds needs = cost::memory_needs(model);
//   needs.fits[0].gpus                                  // 4
//
// Formulas, bytes:
//   weights   parameters × bits / 8 (a mixture of experts: all of its parameters, not the active
//   ones) KV cache  a token: heads 2 × layers × kv_heads × head_dim × bits / 8; latent
//             layers × (kv_lora_rank + rope_head_dim) × bits / 8; or given.
//             All: × tokens of a sequence × sequences
//   overhead  a share of the weights
//   one of T GPUs holds weights / T + overhead / T + its part of the cache. Heads are divided over
//             the GPUs until each holds one, then repeated: ceil(kv_heads / T) / kv_heads of the
//             cache; a latent vector is repeated on each; a given size is divided.
//   GPUs      the least allowed T at which that fits into memory × usable share. Other numbers do
//             not divide attention heads (vLLM: "must be divisible by tensor parallel size").
// Edge cases: no allowed T fits: `gpus` is absent, and gpus_least says what the sum alone takes.
// Sources: vLLM documentation (gpu_memory_utilization; MLA caches repeated on tensor-parallel
// ranks); Ainslie et al. 2023 (GQA); DeepSeek-V2, arXiv:2405.04434 (MLA); DeepSeek,
// arXiv:2505.09343, table 1 (KV cache of a token of three models, which the tests reproduce).
#pragma once

#include <optional>
#include <string_view>

#include "harness/types/tco.h"

namespace assay::cost {

// "fp32", "bf16", "fp16", "fp8", "int8", "int4" (what is stored alone; scales of a quantisation are
// what a number of bits, such as 4.85, is for). Nothing: not a known name.
std::optional<double> bits_of_precision(std::string_view name);

double kv_bytes_per_token(const MemoryModel& model);

MemoryNeeds memory_needs(const MemoryModel& model);

}  // namespace assay::cost
