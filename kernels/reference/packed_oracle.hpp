// The fp64 oracle: the packed product of kernels/gemm in double, fed by decoded panels.
//
// It bounds how long verification takes, so it is built like the fast kernels; that it is right is checked by
// tests/kernels against the definition, and by Freivalds' test on every product that it is used for.
#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "kernels/api/registry.hpp"
#include "kernels/gemm/blocking.hpp"
#include "kernels/reference/decoding_source.hpp"

namespace gemmark {

/// PackedProduct<…>::run and ::workspace_bytes of an instruction set, as plain functions.
struct OracleProduct {
  void (*run)(const Gemm&, const Operands&, std::int64_t index, const CacheSizes&, int threads);
  std::int64_t (*workspace_bytes)(const Gemm&, const CacheSizes&, int threads);
};

inline Support oracle_supports(const Problem& problem, const Device&) {
  const PrecisionInfo& types = info(std::get<Gemm>(problem).in);
  for (const Dtype dtype : {types.a, types.b})
    if (!decode_run_of(dtype)) return Support::no(fmt::format("cannot read {}", name(dtype)));
  return Support::yes();
}

inline Oracle packed_oracle(const OracleProduct& product, int priority) {
  return {.priority = priority,
          .supports = oracle_supports,
          .run = [product](const Problem& problem, const Operands& operands, Device& device) {
            const auto& g = std::get<Gemm>(problem);
            const CacheSizes caches = cache_sizes(device.info());
            const int threads = device.info().max_threads;
            const auto memory = device.allocate(product.workspace_bytes(g, caches, threads));
            Operands whole = operands;
            whole.workspace = memory->data();
            for (std::int64_t index = 0; index < g.batch; ++index)
              product.run(g, whole, index, caches, threads);
          }};
}

}  // namespace gemmark
