// The host: aligned memory on huge pages where the system grants them, the steady clock, pinned threads.
#include <hwloc.h>
#include <omp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <new>
#include <thread>
#include <utility>

#include "kernels/api/registry.hpp"
#include "kernels/service/contention.hpp"
#include "kernels/service/eviction.hpp"

namespace gemmark {
namespace {

constexpr std::int64_t huge_page = 2 << 20;

class HostMemory final : public Memory {
 public:
  explicit HostMemory(std::int64_t bytes)
      : bytes_(bytes), mapped_((std::max<std::int64_t>(bytes, 1) + huge_page - 1) / huge_page * huge_page) {
    void* base = mmap(nullptr, static_cast<std::size_t>(mapped_ + huge_page), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<std::byte*>(base);
    const auto address = reinterpret_cast<std::uintptr_t>(base_);
    data_ = base_ + (huge_page - address % huge_page) % huge_page;
    madvise(data_, static_cast<std::size_t>(mapped_), MADV_HUGEPAGE);
  }
  ~HostMemory() override { munmap(base_, static_cast<std::size_t>(mapped_ + huge_page)); }
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  std::byte* data() const override { return data_; }
  std::int64_t bytes() const override { return bytes_; }

 private:
  std::int64_t bytes_, mapped_;
  std::byte* base_ = nullptr;
  std::byte* data_ = nullptr;
};

struct Topology {
  std::string model;
  std::vector<Cache> caches;
  std::vector<int> cpus;  // usable processors, one of each core first, their siblings after
  int cores = 0;
};

Topology read_topology() {
  Topology found;
  hwloc_topology_t topology = nullptr;
  hwloc_topology_init(&topology);
  hwloc_topology_load(topology);
  const hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
  if (const char* model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : nullptr)
    found.model = model;
  for (const hwloc_obj_type_t type : {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE}) {
    const int count = hwloc_get_nbobjs_by_type(topology, type);
    if (count <= 0) continue;
    const hwloc_obj_t cache = hwloc_get_obj_by_type(topology, type, 0);
    found.caches.push_back({static_cast<int>(cache->attr->cache.depth),
                            static_cast<std::int64_t>(cache->attr->cache.size), count});
  }
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  // First the first processor of every core, then the second, and so on.
  std::vector<std::pair<int, int>> ranked;
  const int cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
  for (int core = 0; core < cores; ++core) {
    const hwloc_obj_t object = hwloc_get_obj_by_type(topology, HWLOC_OBJ_CORE, static_cast<unsigned>(core));
    int sibling = 0;
    for (int cpu = hwloc_bitmap_first(object->cpuset); cpu >= 0; cpu = hwloc_bitmap_next(object->cpuset, cpu))
      if (CPU_ISSET(cpu, &allowed)) ranked.emplace_back(sibling++, cpu);
    found.cores += sibling > 0;
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [sibling, cpu] : ranked) found.cpus.push_back(cpu);
  if (found.cpus.empty()) found.cpus.push_back(0), found.cores = 1;
  hwloc_topology_destroy(topology);
  return found;
}

/// The number behind a word in a file of such pairs, as the kernel writes them.
std::optional<std::int64_t> number_in(const std::filesystem::path& path, const std::string& wanted) {
  std::ifstream file(path);
  std::string key, rest;
  for (std::int64_t number = 0; file >> key >> number; std::getline(file, rest))
    if (key == wanted) return number;
  return std::nullopt;
}

/// What the control groups that this process is in (version 2) leave it; a container's limit is one of these.
std::int64_t left_by_groups() {
  std::int64_t left = std::numeric_limits<std::int64_t>::max();
  std::ifstream own("/proc/self/cgroup");
  std::string line;
  while (std::getline(own, line) && !line.starts_with("0::")) line.clear();
  const std::filesystem::path root = "/sys/fs/cgroup";
  for (auto group = root / std::filesystem::path(line.substr(std::min<std::size_t>(4, line.size())));;
       group = group.parent_path()) {
    std::int64_t most = 0, used = 0;
    if (std::ifstream(group / "memory.max") >> most && std::ifstream(group / "memory.current") >> used)
      left = std::min(left, most - used + number_in(group / "memory.stat", "inactive_file").value_or(0));
    if (group == root || !group.has_relative_path()) return left;
  }
}

std::int64_t available_bytes() {
  const auto kib = number_in("/proc/meminfo", "MemAvailable:");
  const std::int64_t of_machine =
      kib ? *kib * 1024 : static_cast<std::int64_t>(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return std::max<std::int64_t>(std::min(of_machine, left_by_groups()), 0);
}

void pin_calling_thread(const std::vector<int>& cpus, std::size_t first, std::size_t count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (std::size_t i = first; i < first + count; ++i) CPU_SET(cpus[i % cpus.size()], &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Threads of this process other than the caller that are on a processor or waiting for one.
int running_threads() {
  const auto self = std::to_string(gettid());
  int running = 0;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    if (task.path().filename() == self) continue;
    std::ifstream file(task.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    running += name_end != std::string::npos && name_end + 2 < line.size() && line[name_end + 2] == 'R';
  }
  return running;
}

// Gives every thread of this process that may run anywhere, the caller aside, a processor of its own. A
// thread of a pool that is woken on its waker's processor waits there for a scheduler's tick (4 ms).
void spread_pools(const std::vector<int>& cpus) {
  if (cpus.size() < 2) return;
  std::vector<pid_t> threads;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored))
    if (const pid_t thread = std::stoi(task.path().filename().string()); thread != gettid())
      threads.push_back(thread);
  std::sort(threads.begin(), threads.end());
  std::size_t next = 0;
  for (const pid_t thread : threads) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(thread, sizeof set, &set) != 0 || CPU_COUNT(&set) < 2) continue;
    CPU_ZERO(&set);
    CPU_SET(cpus[1 + next++ % (cpus.size() - 1)], &set);
    sched_setaffinity(thread, sizeof set, &set);
  }
}

// How often a thread of this process had to leave a processor to somebody else.
long preemptions() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

// Whether all these threads of the process still exist. A smaller parallel region ends those that it does not
// need, and who takes their place later runs wherever its creator may.
bool alive(const std::vector<pid_t>& threads) {
  return std::all_of(threads.begin(), threads.end(), [](pid_t thread) {
    return access(("/proc/self/task/" + std::to_string(thread)).c_str(), F_OK) == 0;
  });
}

class HostDevice final : public Device {
 public:
  HostDevice() : topology_(read_topology()) {
    info_.id = info_.kind = "host";
    info_.model = topology_.model;
    info_.memory_bytes = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    info_.caches = topology_.caches;
    info_.max_threads = std::min(static_cast<int>(topology_.cpus.size()), omp_get_thread_limit());
    info_.facts["cores"] = std::to_string(topology_.cores);
    info_.facts["processors"] = std::to_string(topology_.cpus.size());
  }

  const DeviceInfo& info() const override { return info_; }
  std::unique_ptr<Memory> allocate(std::int64_t bytes) override {
    return std::make_unique<HostMemory>(bytes);
  }
  void write(std::byte* to, const void* from, std::int64_t bytes) override {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
  void read(void* to, const std::byte* from, std::int64_t bytes) override {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
  void copy(std::byte* to, const std::byte* from, std::int64_t bytes) override {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
  void set(std::byte* to, std::byte value, std::int64_t bytes) override {
    std::memset(to, static_cast<int>(value), static_cast<std::size_t>(bytes));
  }
  std::int64_t free_bytes() override { return available_bytes(); }

  void settle(int threads) override {
    const auto count = static_cast<std::size_t>(std::max(threads, 1));
    if (count != settled_threads_ || (count > 1 && !alive(team_))) {
      settled_threads_ = 0;
      if (count > 1) pin_team(threads);
      settled_threads_ = count;
      // The calling thread may use all their processors, because the pools of libraries that start threads at
      // each call inherit its mask.
      pin_calling_thread(topology_.cpus, 0, count);
    }
    if (count > 1) spread_pools(topology_.cpus);
    rest();
  }

  double contention(int threads) override {
    const auto count = std::min(static_cast<std::size_t>(std::max(threads, 1)), topology_.cpus.size());
    std::vector<double> readings(count);
    if (count == 1) {
      readings[0] = width_over_latency();
    } else {
      // All at once: what the system shows as two cores may be one when both are in use. The caller ends on
      // the processor that is its own in the team.
      pin_calling_thread(topology_.cpus, 0, 1);
#pragma omp parallel num_threads(static_cast <int>(count))
      {
#pragma omp barrier
        readings[static_cast<std::size_t>(omp_get_thread_num())] = width_over_latency();
      }
      pin_calling_thread(topology_.cpus, 0, count);
      rest();
    }
    std::vector<Alone>& alone = alone_[count];
    alone.resize(count);
    double most = std::exchange(preempted_, false) ? std::numeric_limits<double>::infinity() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      alone[i].add(readings[i]);
      most = std::max(most, readings[i] / alone[i].value());
    }
    return most;
  }

  void evict(std::byte* from, std::int64_t bytes) override { drop_from_caches(from, bytes); }

  double time(Mode, int calls, const std::function<void(int)>& enqueue) override {
    const long before = preemptions();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) enqueue(i);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    preempted_ = preempted_ || preemptions() != before;
    return spent.count();
  }

 private:
  // Gives each of OpenMP's threads a processor of its own. Figures are counted by the threads that were asked
  // for, and so fewer of them are an error.
  void pin_team(int threads) {
    team_.assign(static_cast<std::size_t>(threads), gettid());
    omp_set_dynamic(0);
    int granted = 0;
#pragma omp parallel num_threads(threads)
    {
#pragma omp single
      granted = omp_get_num_threads();
      const auto member = static_cast<std::size_t>(omp_get_thread_num());
      pin_calling_thread(topology_.cpus, member, 1);
      team_[member] = gettid();
    }
    if (granted != threads)
      throw std::runtime_error("OpenMP granted " + std::to_string(granted) + " of " +
                               std::to_string(threads) + " threads: is OMP_MAX_ACTIVE_LEVELS set?");
  }

  // Waits until the threads that earlier calls left spinning, OpenMP's among them, sleep.
  static void rest() {
    using namespace std::chrono;
    // OpenBLAS's pool spins about 100 ms after a call; ten times that is somebody who never rests.
    const auto patience = steady_clock::now() + seconds(1);
    while (running_threads() > 0 && steady_clock::now() < patience)
      std::this_thread::sleep_for(microseconds(200));
  }

  std::size_t settled_threads_ = 0;
  std::vector<pid_t> team_;  // OpenMP's threads when they were last pinned
  Topology topology_;
  std::map<std::size_t, std::vector<Alone>> alone_;  // of each processor, by how many are in use
  bool preempted_ = false;                           // during a timed call, and not told yet
  DeviceInfo info_;
};

std::vector<std::unique_ptr<Device>> make_host(std::string&) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(std::make_unique<HostDevice>());
  return devices;
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] { return DeviceFactory{"host", make_host}; }};

}  // namespace gemmark
