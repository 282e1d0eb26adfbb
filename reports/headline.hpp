// What a run says, in words and numbers, computed from its records: the best of each operation and precision,
// how the engines compare, and what should worry the reader. Page and summary print the same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/peers.hpp"

namespace gemmark {

/// The best of own kernels, or of the vendors' libraries.
struct Side {
  std::string rate;                  ///< "205 GFLOP/s"
  std::string kernel;                ///< "avx512_packed"
  std::optional<double> fraction{};  ///< of the limit that binds it
};

struct Best {
  std::string op, precision, device, mode;
  std::string engine;                ///< "CPU", "CUDA cores", "Tensor cores"
  std::string rate;                  ///< "205 GFLOP/s"
  std::string limit;                 ///< "88% of the compute limit"; empty where none is known
  std::optional<double> fraction{};  ///< of that limit
  std::string kernel;                ///< "avx512_packed"
  std::string problem;               ///< "1024×1024×512 tb=1", with the mode where the run has several
  bool noisy = false;
  std::optional<Side> own{}, vendor{};  ///< one of them is the best; each on the problem that suits it best
};

struct Finding {
  std::string figure;  ///< what stands large: "1.08×", "12 of 17"
  std::string text;
  std::string link{};  ///< the filter that shows the rows behind it: "status=wrong"; may be empty
  bool grave = false;  ///< no doubt, but a fault
};

struct Headline {
  std::string title;     ///< what was measured: "AMD EPYC", "Xeon … and H200"
  std::string subtitle;  ///< build, day and conditions in a line
  std::string sentence;  ///< the answer
  std::vector<Best> best{};
  std::vector<Finding> findings{};
  std::vector<Finding> worries{};
};

/// What was measured; without results, what was there: "Some CPU and Some GPU".
std::string machine_title(const RecordedRun& run);
/// Build, day and conditions in a line, and the devices that are not in `title`.
std::string about(const RecordedRun& run, const std::string& title);

/// `peers` are those of `run`; `vendor` of a peer counts from the first result of all runs.
Headline headline(const NamedRun& run, const std::vector<Peer>& peers);

}  // namespace gemmark
