// Predicts what one call will take, so that a row that would eat the budget is skipped before it starts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace gemmark {

class CostModel {
 public:
  /// Remembers what a call took. Rates are kept per kernel, precision and threads, for the largest problem; of
  /// several calls the quickest, since any may be disturbed.
  void learn(const std::string& kernel, const std::string& precision, int threads, double flops,
             double seconds) {
    Known& known = known_[{kernel, precision, threads}];
    if (flops > known.flops || (flops == known.flops && seconds < known.seconds)) known = {flops, seconds};
  }
  /// A call that lasted this long is no matter of launches or of threads that wake: waking 16 threads was seen
  /// to take 6 ms, call after call.
  static constexpr double telling_s = 10e-3;

  /// Seconds, or nothing where nothing that tells is known yet. The time of a smaller problem is scaled by its
  /// operations, which is too low for kernels that fall out of a cache; the first call corrects it.
  std::optional<double> predict(const std::string& kernel, const std::string& precision, int threads,
                                double flops) const {
    const auto found = known_.find({kernel, precision, threads});
    constexpr double much_smaller = 1.0 / 8;
    if (found == known_.end() || found->second.flops <= 0) return std::nullopt;
    const auto [known_flops, seconds] = found->second;
    if (known_flops < much_smaller * flops && seconds < telling_s) return std::nullopt;
    return seconds * flops / known_flops;
  }

 private:
  struct Known {
    double flops = 0, seconds = 0;
  };
  std::map<std::tuple<std::string, std::string, int>, Known> known_;
};

}  // namespace gemmark
