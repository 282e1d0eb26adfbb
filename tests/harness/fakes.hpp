// Kernels that are wrong in known ways, and a bench to put them on: a registry with the host's services, a
// naive oracle and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/lab.hpp"
#include "kernels/api/registry.hpp"
#include "tests/kernels/naive.hpp"

namespace gemmark::testing {

using Compute = std::function<void(const Gemm&, const Operands&)>;

/// A host kernel "gemm/fake[name]" that computes whatever it is told.
Kernel fake_kernel(const std::string& name, const Compute& compute, std::int64_t workspace_bytes = 0);

/// The right answer, for fp32, fp64, bf16 and int8, as one double loop. `value(i, j, sum)` may spoil each sum
/// before alpha and beta are applied.
using Spoil = std::function<double(std::int64_t, std::int64_t, double)>;
void right(const Gemm& problem, const Operands& operands, const Spoil& spoil = {});

/// Index of element (row, col) of op(A) or op(B) in the first batch.
std::int64_t a_index(const Gemm& problem, std::int64_t row, std::int64_t col);
std::int64_t b_index(const Gemm& problem, std::int64_t row, std::int64_t col);

/// Adds the naive oracle to the global registry, once; the host's services register themselves.
void register_oracle();

/// A lab whose results are collected. Small limits: its rows are about status, not speed.
struct Bench {
  Bench();
  std::vector<ResultRecord> measure(const std::string& problem, const std::vector<std::string>& kernels);
  ResultRecord measure_one(const std::string& problem, const std::string& kernel) {
    return measure(problem, {kernel}).at(0);
  }

  Lab lab;
  Mode mode = Mode::cold;
  std::vector<ResultRecord> results;
};

}  // namespace gemmark::testing
