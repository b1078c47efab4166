#include "app/tco_memory_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <initializer_list>
#include <optional>

#include "harness/cost/memory_needs.h"

namespace assay::app {
namespace {

constexpr int64_t kLayersMax = 10'000;
constexpr int64_t kWidthMax = 1'000'000;
constexpr int64_t kParallelMax = 1024;

constexpr TcoField kParameters{.key = "parameters", .unit = "", .min = 0, .min_excluded = true};
constexpr TcoField kBitsPerWeight{.key = "bits_per_weight", .unit = "bits", .min = 0.1, .max = 64};
constexpr TcoField kTokens{
    .key = "tokens", .unit = "tokens of a sequence", .min = 0, .min_excluded = true, .max = 1e9};
constexpr TcoCount kSequences{.key = "sequences",
                              .unit = "at the same time",
                              .fallback = 1,
                              .why = "the least; the table says how many fit"};
constexpr TcoField kOverhead{.key = "overhead",
                             .unit = "share of the weights",
                             .max = 10,
                             .fallback = 0.2,
                             .why =
                                 "activations, graphs, the runtime: at most a fifth by "
                                 "EleutherAI, Transformer Math 101"};
constexpr TcoField kKvBytesPerToken{.key = "kv_bytes_per_token", .unit = "bytes", .max = 1e9};
constexpr TcoCount kLayers{.key = "layers", .unit = "", .max = kLayersMax};
constexpr TcoCount kKvHeads{.key = "kv_heads", .unit = "", .max = kWidthMax};
constexpr TcoCount kHeadDim{.key = "head_dim", .unit = "", .max = kWidthMax};
constexpr TcoCount kLoraRank{.key = "kv_lora_rank", .unit = "", .max = kWidthMax};
constexpr TcoCount kRopeDim{.key = "rope_head_dim", .unit = "", .min = 0, .max = kWidthMax};
constexpr TcoField kMemoryGb{.key = "memory_gb", .unit = "10^9 bytes", .min = 0.001, .max = 1e6};
constexpr TcoField kUsable{.key = "usable",
                           .unit = "share of the memory",
                           .min = 0.01,
                           .max = 1,
                           .fallback = 0.9,
                           .why = "vLLM's gpu_memory_utilization for years (0.92 of late)"};
constexpr TcoCount kPerNode{.key = "per_node",
                            .unit = "GPUs",
                            .max = kParallelMax,
                            .fallback = 8,
                            .why = "servers of eight GPUs (HGX, DGX)"};

Result<double> precision_bits(const YamlNode& map, const char* key, const std::string& value) {
  const std::optional<double> bits = cost::bits_of_precision(value);
  if (bits) return *bits;
  const YamlNode* node = map.find(key);
  return (node != nullptr ? *node : map)
      .error(fmt::format(
          "`{}` is {}, expected fp32, bf16, fp16, fp8, int8 or int4{}", key, value,
          std::string_view(key) == "precision" ? ", or `bits_per_weight` with a number" : ""));
}

Result<void> read_weights(const YamlNode& node, const std::string& path, TcoReader& reader,
                          MemoryModel& out) {
  ASSAY_TRY(out.parameters, reader.number(node, path, kParameters));
  if (node.find("bits_per_weight") != nullptr) {
    if (const YamlNode* both = node.find("precision"))
      return both->error("`precision` stands beside `bits_per_weight`, expected one of them");
    ASSAY_TRY(out.bits_per_weight, reader.number(node, path, kBitsPerWeight));
    out.precision = tco_number(out.bits_per_weight) + " bits";
    return {};
  }
  ASSAY_TRY(out.precision,
            reader.text(node, path, "precision", "bf16", "what most models are published in"));
  ASSAY_TRY(out.bits_per_weight, precision_bits(node, "precision", out.precision));
  return {};
}

Result<void> refuse_beside(const YamlNode& node, const char* key,
                           std::initializer_list<const char*> others) {
  for (const char* other : others) {
    if (const YamlNode* both = node.find(other)) {
      return both->error(
          fmt::format("`{}` stands beside `{}`, expected one way to give the cache", other, key));
    }
  }
  return {};
}

Result<void> read_cache(const YamlNode& node, const std::string& path, TcoReader& reader,
                        MemoryModel& out) {
  if (node.find(kKvBytesPerToken.key) != nullptr) {
    ASSAY_TRY_VOID(refuse_beside(
        node, kKvBytesPerToken.key,
        {"layers", "kv_heads", "head_dim", "kv_lora_rank", "rope_head_dim", "kv_precision"}));
    out.kv = KvKind::kGiven;
    ASSAY_TRY(out.kv_bytes_per_token, reader.number(node, path, kKvBytesPerToken));
    return {};
  }
  ASSAY_TRY(out.layers, reader.count(node, path, kLayers));
  if (node.find(kLoraRank.key) != nullptr) {
    ASSAY_TRY_VOID(refuse_beside(node, kLoraRank.key, {"kv_heads", "head_dim"}));
    out.kv = KvKind::kLatent;
    ASSAY_TRY(out.kv_lora_rank, reader.count(node, path, kLoraRank));
    ASSAY_TRY(out.rope_head_dim, reader.count(node, path, kRopeDim));
  } else {
    ASSAY_TRY_VOID(refuse_beside(node, kKvHeads.key, {"rope_head_dim"}));
    ASSAY_TRY(out.kv_heads, reader.count(node, path, kKvHeads));
    ASSAY_TRY(out.head_dim, reader.count(node, path, kHeadDim));
  }
  ASSAY_TRY(const std::string precision, reader.text(node, path, "kv_precision", "bf16",
                                                     "engines keep the cache as activations are"));
  ASSAY_TRY(out.kv_bits, precision_bits(node, "kv_precision", precision));
  return {};
}

Result<void> read_parallel(const YamlNode& node, const std::string& path, TcoReader& reader,
                           MemoryModel& out) {
  const YamlNode* list = node.find("tensor_parallel");
  if (list == nullptr) {
    out.tensor_parallel = {1, 2, 4, 8, 16};
    reader.by_default(joined_path(path, "tensor_parallel"), "1, 2, 4, 8, 16", "GPUs",
                      "powers of two divide the heads of nearly all models");
    return {};
  }
  if (list->is_list() && list->items.empty())
    return list->error("`tensor_parallel` is empty, expected numbers of GPUs");
  ASSAY_TRY(const std::vector<std::string> texts, list->as_strings("tensor_parallel"));
  for (const YamlNode& item : list->is_list() ? list->items : std::vector<YamlNode>{*list}) {
    ASSAY_TRY(const int64_t gpus, item.as_integer("tensor_parallel", 1, kParallelMax));
    out.tensor_parallel.push_back(static_cast<uint32_t>(gpus));
  }
  reader.given(joined_path(path, "tensor_parallel"), fmt::format("{}", fmt::join(texts, ", ")),
               "GPUs");
  return {};
}

Result<void> read_gpus(const YamlNode& node, const std::string& path, TcoReader& reader,
                       MemoryModel& out) {
  const YamlNode* list = node.find("gpus");
  if (list == nullptr) return {};
  ASSAY_TRY_VOID(expect_list(*list, "gpus"));
  std::vector<std::string> taken;
  for (const YamlNode& item : list->items) {
    ASSAY_TRY_VOID(refuse_unknown_keys(item, "a GPU", {"name", "memory_gb", "usable", "per_node"}));
    MemoryGpu gpu;
    ASSAY_TRY(gpu.name, unique_name(item, "gpus", taken));
    const std::string at = joined_path(path, gpu.name);
    ASSAY_TRY(gpu.memory_gb, reader.number(item, at, kMemoryGb));
    ASSAY_TRY(gpu.usable_share, reader.number(item, at, kUsable));
    ASSAY_TRY(gpu.per_node, reader.count(item, at, kPerNode));
    out.gpus.push_back(std::move(gpu));
  }
  return {};
}

}  // namespace

Result<std::vector<MemoryModel>> read_memory_models(const YamlNode& list, TcoReader& reader) {
  ASSAY_TRY_VOID(expect_list(list, "memory"));
  std::vector<MemoryModel> out;
  std::vector<std::string> taken;
  for (const YamlNode& item : list.items) {
    ASSAY_TRY_VOID(refuse_unknown_keys(
        item, "an entry of `memory`",
        {"name", "parameters", "precision", "bits_per_weight", "layers", "kv_heads", "head_dim",
         "kv_lora_rank", "rope_head_dim", "kv_precision", "kv_bytes_per_token", "tokens",
         "sequences", "overhead", "tensor_parallel", "gpus"}));
    MemoryModel model;
    ASSAY_TRY(model.name, unique_name(item, "memory", taken));
    const std::string path = "memory." + model.name;
    ASSAY_TRY_VOID(read_weights(item, path, reader, model));
    ASSAY_TRY_VOID(read_cache(item, path, reader, model));
    ASSAY_TRY(model.tokens, reader.number(item, path, kTokens));
    ASSAY_TRY(model.sequences, reader.count(item, path, kSequences));
    ASSAY_TRY(model.overhead_share, reader.number(item, path, kOverhead));
    ASSAY_TRY_VOID(read_parallel(item, path, reader, model));
    ASSAY_TRY_VOID(read_gpus(item, path, reader, model));
    out.push_back(std::move(model));
  }
  return out;
}

}  // namespace assay::app
