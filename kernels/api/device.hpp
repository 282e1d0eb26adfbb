// A device owns memory and a clock. The harness knows devices only through this interface; each kind is one
// file under kernels/service/, so that a third kind (after host and cuda) adds a file and changes none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gemmark {

/// Where work is enqueued: a CUDA stream, an OpenCL queue; null on the host, where a call is the work.
struct Queue {
  void* handle = nullptr;
};

/// offload: latency with the operands in the host's memory, copied to the device and back.
enum class Mode : std::uint8_t { cold, hot, latency, offload };

/// What a device's own instruments read at a moment; what they cannot tell is nothing.
struct Sensors {
  std::optional<double> clock_mhz{}, memory_clock_mhz{}, temperature_c{};
  std::optional<double> energy_j{};     ///< since some moment in the past: differences count
  std::vector<std::string> throttle{};  ///< why the clock is lower than it could be: "power-cap", …
  bool distressed = false;              ///< a reason that says that cooling or supply do not suffice
};

struct Cache {
  int level = 0;
  std::int64_t bytes = 0;  ///< of one instance
  int instances = 1;       ///< how many the device has
};

struct DeviceInfo {
  std::string id;     ///< "host", "cuda:0"
  std::string kind;   ///< "host", "cuda": what kernels, oracles and ceilings name
  std::string model;  ///< as the vendor calls it
  std::int64_t memory_bytes = 0;
  std::vector<Cache> caches;  ///< data caches, nearest first
  int max_threads = 1;        ///< host threads that can compute at once (1 where threads mean nothing)
  std::map<std::string, std::string> facts;  ///< whatever else a reader of the record wants to know

  std::int64_t last_level_cache_bytes() const {
    return caches.empty() ? 0 : caches.back().bytes * caches.back().instances;
  }
  /// Of all levels: what the caches can hold together where a level keeps what others have not.
  std::int64_t cache_bytes() const {
    std::int64_t total = 0;
    for (const Cache& cache : caches) total += cache.bytes * cache.instances;
    return total;
  }
};

/// Nothing can run on the device from this process any more: a kernel broke its context, or it has
/// disappeared. A new process may find it well.
class DeviceLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A call's time could not be told from the host's, since its launch waited for something, such as code that
/// is loaded when it is first needed. Another time it may be there.
class NotTimed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// What `attempt` returns, at its second try where the first was not timed.
template <class Attempt>
double timed_at_last(Attempt attempt) {
  try {
    return attempt();
  } catch (const NotTimed&) {
    return attempt();
  }
}

/// Owned device memory, freed on destruction.
class Memory {
 public:
  virtual ~Memory() = default;
  virtual std::byte* data() const = 0;
  virtual std::int64_t bytes() const = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceInfo& info() const = 0;

  /// Memory aligned to at least 4096 bytes. Throws std::bad_alloc or an error that names the call.
  virtual std::unique_ptr<Memory> allocate(std::int64_t bytes) = 0;
  virtual void write(std::byte* to, const void* host_from, std::int64_t bytes) = 0;
  virtual void read(void* host_to, const std::byte* from, std::int64_t bytes) = 0;
  virtual void copy(std::byte* to, const std::byte* from, std::int64_t bytes) = 0;
  /// Sets every byte to `value`. A device with a faster way overrides it.
  virtual void set(std::byte* to, std::byte value, std::int64_t bytes);
  /// Bytes that can be allocated now.
  virtual std::int64_t free_bytes() = 0;

  /// Memory of the host that the device can copy from and to at full speed (pinned, on a GPU).
  virtual std::unique_ptr<Memory> allocate_host(std::int64_t bytes);
  /// Copies between it and the device, in the queue's order and without waiting where the device can.
  virtual void enqueue_write(std::byte* to, const std::byte* host_from, std::int64_t bytes) {
    write(to, host_from, bytes);
  }
  virtual void enqueue_read(std::byte* host_to, const std::byte* from, std::int64_t bytes) {
    read(host_to, from, bytes);
  }

  /// Nothing where the device has no instruments, or they cannot be reached.
  virtual std::optional<Sensors> sensors() { return std::nullopt; }

  virtual Queue queue() { return {}; }
  virtual void synchronize() {}

  /// Makes ready for timed calls with that many threads (pinning), and waits until what earlier calls left
  /// running (pools that spin) has come to rest.
  virtual void settle(int threads) = 0;
  /// How many times longer instructions take on the processors of that many threads because somebody else
  /// uses them too; 1: nobody does, or the device cannot tell. Infinite where somebody took one of them away
  /// since the last time of asking. To be asked where nothing else of ours runs.
  virtual double contention(int threads) {
    (void)threads;
    return 1;
  }
  /// Drops those bytes from every cache.
  virtual void evict(std::byte* from, std::int64_t bytes) = 0;

  /// Seconds for `calls` consecutive calls of `enqueue(i)`, i = 0 … calls−1, by the clock that `mode` asks
  /// for: cold and hot without launch overhead, latency and offload from the call to the result on the host.
  /// Throws NotTimed: whoever tries again makes ready again, since a second call finds what the first left.
  virtual double time(Mode mode, int calls, const std::function<void(int)>& enqueue) = 0;
};

}  // namespace gemmark
