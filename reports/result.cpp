#include "reports/result.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/stats.hpp"
#include "reports/text.hpp"

namespace gemmark {

bool is_ranked(const ResultRecord& row) { return row.status == name(Status::ok) && row.median_s; }

bool is_beside_others(const ResultRecord& row) { return row.contended_samples.value_or(0) > 0; }

std::vector<double> corrected_samples(const ResultRecord& row) {
  std::vector<double> samples = row.samples_s;
  if (samples.empty() || !row.median_s) return samples;
  const double shift = median(samples) - *row.median_s;
  for (double& sample : samples) sample = std::max(sample - shift, 0.0);
  return samples;
}

std::string_view limit_word(const ResultRecord& row) {
  return row.bound == "bandwidth" ? std::string_view("memory") : std::string_view(row.bound);
}

std::optional<Problem> problem_of(std::string_view text) {
  try {
    return parse_problem(text);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string short_problem(std::string_view text) {
  const auto problem = problem_of(text);
  if (!problem) return std::string(text);
  std::string shared = comparison_text(*problem);
  const auto* gemm = std::get_if<Gemm>(&*problem);
  if (gemm == nullptr) return shared;
  std::string shown = fmt::format("{}×{}×{}", gemm->m, gemm->n, gemm->k);
  for (const std::string_view word : words(shared))
    if (word != "gemm" && !word.starts_with("m=") && !word.starts_with("n=") && !word.starts_with("k="))
      shown.append(" ").append(word);
  return shown;
}

std::string_view short_kernel(std::string_view kernel) {
  const auto slash = kernel.find('/');
  return slash == std::string::npos ? kernel : kernel.substr(slash + 1);
}

}  // namespace gemmark
