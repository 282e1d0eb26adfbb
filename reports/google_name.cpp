#include "reports/google_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gemmark {

std::string google_name(std::string_view kernel, std::string_view problem, std::string_view device,
                        std::string_view mode, std::string_view data, int threads) {
  // "gemm m=1 n=2" says its operation first, which the kernel's name has said already.
  std::string arguments(problem.substr(std::min(problem.find(' '), problem.size())));
  std::replace(arguments.begin(), arguments.end(), ' ', '/');
  std::replace(arguments.begin(), arguments.end(), '=', ':');
  const std::string distribution = data == "uniform" || data.empty() ? "" : fmt::format("/data:{}", data);
  return fmt::format("{}{}{}/{}/{}/threads:{}", kernel, arguments, distribution, device, mode, threads);
}

std::string google_name(const ResultRecord& r) {
  return google_name(r.kernel, r.problem, r.device, r.mode, r.data, r.threads);
}

}  // namespace gemmark
