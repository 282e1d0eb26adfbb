// Ceilings of bandwidth: every thread walks through arrays of its own, from main memory or small enough to
// stay in a cache level.
//
// Bytes are counted as the algorithm moves them: read 1 array, copy 2, triad 3. The line that an ordinary
// store fetches before it overwrites it is not counted; streaming stores avoid that fetch, and show it.
#pragma once

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "kernels/api/registry.hpp"

namespace gemmark {

/// Walks once over `count` doubles of each array, a multiple of 64; the arrays are aligned to 64 bytes. One
/// array is `a`, two are `c` and `a`.
struct StreamLoop {
  const char* name;
  int arrays;
  void (*run)(double* c, const double* a, const double* b, std::int64_t count);
};

class StreamRun final : public CeilingRun {
 public:
  /// `bytes` of each thread, all arrays together.
  StreamRun(const StreamLoop& loop, Device& device, int threads, std::int64_t bytes)
      : loop_(loop), threads_(threads) {
    constexpr std::int64_t step = 64;  // doubles, what a loop takes at once
    count_ = std::max<std::int64_t>(bytes / loop.arrays / (step * std::int64_t{sizeof(double)}), 1) * step;
    window_ = std::min(count_, least_traffic / (loop.arrays * std::int64_t{sizeof(double)}) / step * step);
    count_ = (count_ + window_ - 1) / window_ * window_;  // whole windows: none of it is left out
    passes_ = least_traffic / (window_ * loop.arrays * std::int64_t{sizeof(double)});
    stride_ = count_ + stagger;
    memory_ = device.allocate(threads * thread_doubles() * std::int64_t{sizeof(double)});
    // Each thread touches its own part first, so that it lies in the memory nearest to it.
#pragma omp parallel num_threads(threads_)
    {
      double* mine = part(omp_get_thread_num());
      std::fill_n(mine, thread_doubles(), 1.0);
    }
  }

  void run(Queue) override {
    if (threads_ == 1) {
      walk(0);
    } else {
#pragma omp parallel num_threads(threads_)
      walk(omp_get_thread_num());
    }
    next_ = (next_ + window_) % count_;
  }
  double work() const override {
    return static_cast<double>(threads_) * static_cast<double>(passes_) * loop_.arrays *
           static_cast<double>(window_) * sizeof(double);
  }
  std::string shape() const override {
    return fmt::format("{} KiB a thread", count_ * loop_.arrays * std::int64_t{sizeof(double)} / 1024);
  }

 private:
  // A run moves this much a thread, half a millisecond from a fast cache, so that starting threads does not
  // count: small arrays several times, of large ones the next window each time, so that a look need not last
  // as long as a walk through arrays that no cache holds.
  static constexpr std::int64_t least_traffic = 128 << 20;
  // Doubles between the arrays of a thread: equal offsets in a page would stall loads behind stores.
  static constexpr std::int64_t stagger = 5 * 64;
  static constexpr std::int64_t page = 4096 / sizeof(double);

  std::int64_t thread_doubles() const { return (loop_.arrays * stride_ + page - 1) / page * page; }
  double* part(int thread) const {
    return reinterpret_cast<double*>(memory_->data()) + thread * thread_doubles();
  }
  void walk(int thread) const {
    double* c = part(thread) + next_;
    const double* a = loop_.arrays > 1 ? c + stride_ : c;
    const double* b = loop_.arrays > 2 ? a + stride_ : a;
    for (std::int64_t pass = 0; pass < passes_; ++pass) loop_.run(c, a, b, window_);
  }

  StreamLoop loop_;
  int threads_;
  std::int64_t count_ = 0, window_ = 0, passes_ = 0, stride_ = 0;
  std::int64_t next_ = 0;  ///< where the next window begins
  std::unique_ptr<Memory> memory_;
};

/// Bytes a thread that stay in cache level `level` and not in the one below; 0 where there is no such size.
/// Level 0 is main memory.
inline std::int64_t stream_bytes(const DeviceInfo& info, int level, int threads) {
  if (level == 0) {
    // Four times the caches (McCalpin's rule for STREAM), as far as memory allows.
    const std::int64_t wanted = std::max<std::int64_t>(4 * info.cache_bytes(), 64 << 20);
    return std::min(wanted, info.memory_bytes / 4) / threads;
  }
  std::int64_t below = 0;
  for (const Cache& cache : info.caches) {
    const std::int64_t sharers = (threads + cache.instances - 1) / cache.instances;
    const std::int64_t share = cache.bytes / sharers;
    if (cache.level == level)
      return share / 2 >= 2 * below ? share / 2 : below < share / 2 ? share * 3 / 4 : 0;
    below = share;
  }
  return 0;
}

inline Ceiling stream_ceiling(const std::string& prefix, int level, const StreamLoop& loop) {
  return {.name = prefix + loop.name,
          .kind = Ceiling::Kind::bandwidth,
          .cache_level = level,
          .summary = fmt::format("{} array{} {}", loop.arrays, loop.arrays > 1 ? "s" : "",
                                 level ? fmt::format("in the L{} cache", level) : "in main memory"),
          .supports =
              [level](const Device& device) {
                if (stream_bytes(device.info(), level, 1) > 0) return Support::yes();
                return Support::no(fmt::format("no L{} cache is known", level));
              },
          .shapes =
              [level, loop](Device& device, int threads) {
                std::vector<std::unique_ptr<CeilingRun>> runs;
                if (const std::int64_t bytes = stream_bytes(device.info(), level, threads))
                  runs.push_back(std::make_unique<StreamRun>(loop, device, threads, bytes));
                return runs;
              }};
}

/// Every loop at every level.
inline std::vector<Ceiling> stream_ceilings(const std::string& prefix, std::initializer_list<int> levels,
                                            std::span<const StreamLoop> loops) {
  std::vector<Ceiling> all;
  for (const int level : levels)
    for (const StreamLoop& loop : loops) all.push_back(stream_ceiling(prefix, level, loop));
  return all;
}

}  // namespace gemmark
