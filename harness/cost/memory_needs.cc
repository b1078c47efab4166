#include "harness/cost/memory_needs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace assay::cost {
namespace {

constexpr double kBitsPerByte = 8;
constexpr double kBytesPerGb = 1e9;
constexpr std::array<std::pair<std::string_view, double>, 6> kPrecisions{
    {{"fp32", 32}, {"bf16", 16}, {"fp16", 16}, {"fp8", 8}, {"int8", 8}, {"int4", 4}}};

// Of the whole cache, what one of `gpus` GPUs holds.
double cache_share(const MemoryModel& model, uint32_t gpus) {
  switch (model.kv) {
    case KvKind::kLatent:
      return 1;
    case KvKind::kHeads:
      return std::ceil(static_cast<double>(model.kv_heads) / gpus) / model.kv_heads;
    default:
      return 1.0 / gpus;
  }
}

MemoryFit fit_of(const MemoryNeeds& needs, const MemoryGpu& gpu) {
  MemoryFit out;
  out.gpu = gpu;
  const double usable = gpu.memory_gb * kBytesPerGb * gpu.usable_share;
  out.gpus_least = static_cast<uint32_t>(std::min(std::ceil(needs.total_bytes / usable), 1e9));
  const double fixed = needs.weight_bytes + needs.overhead_bytes;
  for (const uint32_t gpus : needs.model.tensor_parallel) {
    const double share = cache_share(needs.model, gpus);
    const double used = fixed / gpus + needs.kv_bytes * share;
    if (used > usable) continue;
    out.gpus = gpus;
    out.nodes = (gpus + gpu.per_node - 1) / gpu.per_node;
    out.used_share = used / usable;
    const double sequence = needs.kv_bytes / needs.model.sequences * share;
    if (sequence > 0) out.sequences_max = std::floor((usable - fixed / gpus) / sequence);
    break;
  }
  return out;
}

}  // namespace

std::optional<double> bits_of_precision(std::string_view name) {
  for (const auto& [known, bits] : kPrecisions) {
    if (known == name) return bits;
  }
  return std::nullopt;
}

double kv_bytes_per_token(const MemoryModel& model) {
  const double bytes = model.kv_bits / kBitsPerByte;
  switch (model.kv) {
    case KvKind::kHeads:
      return 2.0 * model.layers * model.kv_heads * model.head_dim * bytes;
    case KvKind::kLatent:
      return static_cast<double>(model.layers) *
             (static_cast<double>(model.kv_lora_rank) + model.rope_head_dim) * bytes;
    default:
      return model.kv_bytes_per_token;
  }
}

MemoryNeeds memory_needs(const MemoryModel& model) {
  MemoryNeeds out;
  out.model = model;
  std::sort(out.model.tensor_parallel.begin(), out.model.tensor_parallel.end());
  out.weight_bytes = model.parameters * model.bits_per_weight / kBitsPerByte;
  out.kv_bytes_per_token = kv_bytes_per_token(model);
  out.kv_bytes = out.kv_bytes_per_token * model.tokens * model.sequences;
  out.overhead_bytes = out.weight_bytes * model.overhead_share;
  out.total_bytes = out.weight_bytes + out.kv_bytes + out.overhead_bytes;
  for (const MemoryGpu& gpu : model.gpus) out.fits.push_back(fit_of(out, gpu));
  return out;
}

}  // namespace assay::cost
