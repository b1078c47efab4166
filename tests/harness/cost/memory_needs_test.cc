// Memory of published models against figures that others give.
#include "harness/cost/memory_needs.h"

#include <gtest/gtest.h>

namespace assay::cost {
namespace {

// Llama 3 70B by its config.json: 2 × 128,256 × 8192 (embeddings, output) + 8192 + 80 × (2 × 8192²
// + 2 × 8192 × 1024 + 3 × 8192 × 28,672 + 2 × 8192) parameters.
constexpr double kLlama70b = 70'553'706'496;

MemoryModel llama_70b() {
  MemoryModel m;
  m.name = "Llama 3 70B";
  m.parameters = kLlama70b;
  m.precision = "bf16";
  m.bits_per_weight = 16;
  m.layers = 80;
  m.kv_heads = 8;
  m.head_dim = 128;
  m.kv_bits = 16;
  m.tokens = 8192;
  m.sequences = 16;
  m.overhead_share = 0.2;
  m.tensor_parallel = {1, 2, 4, 8, 16};
  m.gpus = {{"H100 80 GB", 80, 0.9, 8}};
  return m;
}

MemoryModel deepseek_v3() {
  MemoryModel m = llama_70b();
  m.name = "DeepSeek-V3";
  m.parameters = 671e9;
  m.precision = "fp8";
  m.bits_per_weight = 8;
  m.kv = KvKind::kLatent;
  m.layers = 61;
  m.kv_lora_rank = 512;
  m.rope_head_dim = 64;
  return m;
}

TEST(MemoryNeeds, BitsOfKnownPrecisions) {
  EXPECT_EQ(bits_of_precision("fp32"), 32);
  EXPECT_EQ(bits_of_precision("bf16"), 16);
  EXPECT_EQ(bits_of_precision("fp16"), 16);
  EXPECT_EQ(bits_of_precision("fp8"), 8);
  EXPECT_EQ(bits_of_precision("int8"), 8);
  EXPECT_EQ(bits_of_precision("int4"), 4);
  EXPECT_FALSE(bits_of_precision("fp17").has_value());
}

// "About 141 GB": 70,553,706,496 × 2 = 141.1 × 10^9 bytes.
TEST(MemoryNeeds, WeightsOfLlama70b) {
  EXPECT_NEAR(memory_needs(llama_70b()).weight_bytes, 141.1e9, 0.05e9);
  MemoryModel quantised = llama_70b();
  quantised.bits_per_weight = 4.85;  // Q4_K_M: files of 42.5 GB
  EXPECT_NEAR(memory_needs(quantised).weight_bytes, 42.5e9, 0.5e9);
}

// arXiv:2505.09343, table 1: KV cache of a token in bf16: DeepSeek-V3 70.272 KB, Qwen2.5-72B
// 327.680 KB, Llama 3.1 405B 516.096 KB.
TEST(MemoryNeeds, CacheOfAToken) {
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(deepseek_v3()), 70'272);
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(llama_70b()), 327'680);  // 80 layers of 8 × 128, as Qwen's
  MemoryModel llama_405b = llama_70b();
  llama_405b.layers = 126;
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(llama_405b), 516'096);
  MemoryModel given = llama_70b();
  given.kv = KvKind::kGiven;
  given.kv_bytes_per_token = 1234;
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(given), 1234);
  MemoryModel eight_bits = llama_70b();
  eight_bits.kv_bits = 8;
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(eight_bits), 163'840);
}

// Weights 141.107 + overhead 28.221 + cache 327,680 × 8192 × 16 = 42.950 GB = 212.279 GB. 72 GB
// usable: two hold (169.329 + 42.950) / 2 = 106.1 each: no; four 53.07: yes.
TEST(MemoryNeeds, GpusThatHoldIt) {
  const MemoryNeeds needs = memory_needs(llama_70b());
  EXPECT_NEAR(needs.kv_bytes, 42.950e9, 1e6);
  EXPECT_NEAR(needs.total_bytes, 212.279e9, 1e6);
  ASSERT_EQ(needs.fits.size(), 1U);
  EXPECT_EQ(needs.fits[0].gpus, 4U);
  EXPECT_EQ(needs.fits[0].nodes, 1U);
  EXPECT_EQ(needs.fits[0].gpus_least, 3U);  // 212.279 / 72, which does not divide 64 heads
  EXPECT_NEAR(needs.fits[0].used_share, 53.07 / 72, 1e-4);
  // (72 − 169.329 / 4) / (327,680 × 8192 / 4 bytes) = 29.668 / 0.67109 = 44.2
  EXPECT_DOUBLE_EQ(needs.fits[0].sequences_max, 44);
}

// 671 × 1.2 = 805.2 GB: sixteen of 80 GB (two nodes), eight of 141 GB, as vendors serve it.
TEST(MemoryNeeds, DeepSeekV3) {
  MemoryModel model = deepseek_v3();
  model.gpus.push_back({"H200", 141, 0.9, 8});
  const MemoryNeeds needs = memory_needs(model);
  ASSERT_EQ(needs.fits.size(), 2U);
  EXPECT_EQ(needs.fits[0].gpus, 16U);
  EXPECT_EQ(needs.fits[0].nodes, 2U);
  EXPECT_EQ(needs.fits[1].gpus, 8U);
  EXPECT_EQ(needs.fits[1].nodes, 1U);
}

// Each of the GPUs holds the whole latent cache: 70,272 × 8192 × 16 = 9.211 GB on each;
// 72 − 805.2 / 16 = 21.675; / (70,272 × 8192 = 0.57567 GB) = 37.65.
TEST(MemoryNeeds, ALatentCacheIsRepeatedOnEachGpu) {
  const MemoryNeeds needs = memory_needs(deepseek_v3());
  EXPECT_NEAR(needs.fits[0].used_share, (805.2 / 16 + 9.2107) / 72, 1e-4);
  EXPECT_DOUBLE_EQ(needs.fits[0].sequences_max, 37);
}

// Sixteen GPUs for eight heads: each holds one, 1/8 of the cache.
TEST(MemoryNeeds, HeadsAreRepeatedBeyondTheirNumber) {
  MemoryModel model = llama_70b();
  model.tensor_parallel = {16};
  const MemoryNeeds needs = memory_needs(model);
  EXPECT_NEAR(needs.fits[0].used_share, (169.329 / 16 + 42.950 / 8) / 72, 1e-4);
}

TEST(MemoryNeeds, WhatNoAllowedNumberHolds) {
  MemoryModel model = llama_70b();
  model.tensor_parallel = {2, 1};
  const MemoryNeeds needs = memory_needs(model);
  EXPECT_FALSE(needs.fits[0].gpus.has_value());
  EXPECT_EQ(needs.fits[0].gpus_least, 3U);
}

TEST(MemoryNeeds, WithoutACache) {
  MemoryModel model = llama_70b();
  model.kv = KvKind::kGiven;
  model.kv_bytes_per_token = 0;
  const MemoryNeeds needs = memory_needs(model);
  EXPECT_EQ(needs.kv_bytes, 0);
  EXPECT_EQ(needs.fits[0].sequences_max, 0);
}

}  // namespace
}  // namespace assay::cost
