// One result as reports speak of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record.hpp"
#include "kernels/api/problem.hpp"

namespace gemmark {

/// Rows with a figure that counts.
bool is_ranked(const ResultRecord& row);

/// Whether its figures are made of samples that were taken while somebody else used the processors.
bool is_beside_others(const ResultRecord& row);

/// The samples less what was taken off their median for the timer (nothing in hot mode), never below 0.
std::vector<double> corrected_samples(const ResultRecord& row);

/// What limits the row, as a reader is told: "compute", "memory", "link"; empty where it is not known.
std::string_view limit_word(const ResultRecord& row);

/// Of a file that may come from anywhere: nothing where the text is no problem.
std::optional<Problem> problem_of(std::string_view text);
/// "1024×1024×512 tb=1" for "gemm m=1024 n=1024 k=512 tb=1 in=fp32"; other text as it is, without precision.
std::string short_problem(std::string_view problem);
/// "avx512_packed" for "gemm/avx512_packed".
std::string_view short_kernel(std::string_view kernel);

}  // namespace gemmark
