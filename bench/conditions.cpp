#include "bench/conditions.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "harness/context.hpp"
#include "reports/figures.hpp"

namespace gemmark {
namespace {

// "model name : AMD …" of /proc/cpuinfo, "MemAvailable: …" of /proc/meminfo.
std::string field(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    const std::size_t start =
        colon == std::string::npos ? std::string::npos : line.find_first_not_of(" \t", colon + 1);
    if (start != std::string::npos) return line.substr(start);
  }
  return "";
}

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

class Examination {
 public:
  Conditions all() {
    clocks();
    load();
    limits();
    memory();
    siblings();
    return std::move(found_);
  }

 private:
  void fact(const char* what, std::string value) {
    if (!value.empty()) found_.facts.emplace_back(what, std::move(value));
  }
  void advise(std::string sentence) { found_.advice.push_back(std::move(sentence)); }

  void clocks() {
    const std::string governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    fact("governor", governor.empty() ? "not visible (usual in a virtual machine)" : governor);
    if (!governor.empty() && governor != "performance")
      advise(
          fmt::format("The frequency governor is {}; performance keeps clocks up from the first call "
                      "(cpupower frequency-set -g performance).",
                      governor));
    const std::string no_turbo = first_line("/sys/devices/system/cpu/intel_pstate/no_turbo");
    const std::string boost = first_line("/sys/devices/system/cpu/cpufreq/boost");
    if (no_turbo == "1" || boost == "0") {
      fact("boost", "off");
      advise("Boost clocks are off: figures are repeatable, but below what this processor can do.");
    } else if (!no_turbo.empty() || !boost.empty()) {
      fact("boost", "on");
    }
  }

  void load() {
    const std::string average = first_line("/proc/loadavg");
    fact("load average", average.substr(0, average.find_last_of(' ')));
    const ProcessorTimes before = processor_times(first_line("/proc/stat"));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const ProcessorTimes after = processor_times(first_line("/proc/stat"));
    const double busy = after.busy - before.busy, steal = after.steal - before.steal;
    const double all = busy + steal + after.idle - before.idle;
    if (!(all > 0)) return;
    fact("busy by others", fmt::format("{} of all processors, stolen by the hypervisor {}",
                                       percent_text(busy / all), percent_text(steal / all)));
    constexpr double noticeable = 0.05;
    if (busy / all > noticeable)
      advise(fmt::format("Other processes use {} of the processors right now; figures will be noisy.",
                         percent_text(busy / all)));
    if (steal / all > noticeable / 5)
      advise(fmt::format(
          "The hypervisor gives {} of the processor time to somebody else; figures will be noisy.",
          percent_text(steal / all)));
  }

  void limits() {
    const int usable = usable_processors();
    const auto online = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    fact("processors", fmt::format("{} usable of {}", usable, online));
    if (usable < online)
      advise(fmt::format("Only {} of {} processors may be used here (taskset, a cpuset or a batch system).",
                         usable, online));
    std::istringstream quota(first_line("/sys/fs/cgroup/cpu.max"));
    double share = 0, period = 0;
    if (quota >> share >> period && period > 0) {  // "max 100000" where there is none
      fact("quota", fmt::format("{} processors", number_text(share / period)));
      if (share / period < usable)
        advise(fmt::format(
            "A quota of {} processors is in force: calls on {} threads will be paused in between.",
            number_text(share / period), usable));
    }
  }

  void memory() {
    const auto kilobytes = [](const std::string& text) {
      std::istringstream stream(text);
      double value = 0;
      stream >> value;
      return value * 1024;
    };
    fact("memory available", bytes_text(kilobytes(field("/proc/meminfo", "MemAvailable"))));
    const std::string pages = first_line("/sys/kernel/mm/transparent_hugepage/enabled");
    fact("huge pages", pages);
    if (pages.find("[never]") != std::string::npos)
      advise(
          "Transparent huge pages are off: large operands cost more TLB misses "
          "(echo madvise > /sys/kernel/mm/transparent_hugepage/enabled).");
  }

  void siblings() {
    const std::string siblings = first_line("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list");
    const bool shared = siblings.find_first_of(",-") != std::string::npos;
    const bool virtual_machine = field("/proc/cpuinfo", "flags").find(" hypervisor") != std::string::npos;
    fact("threads a core",
         shared ? fmt::format("several (processor 0 shares its core: {})", siblings) : "one, as shown");
    fact("virtual machine", virtual_machine ? "yes" : "no");
    if (virtual_machine && !shared)
      advise(
          "A virtual machine may hide that two processors are threads of one core. If the limit of all "
          "threads "
          "is far below that of one thread times their number, they are.");
  }

  Conditions found_;
};

}  // namespace

ProcessorTimes processor_times(std::string_view stat_line) {
  // cpu user nice system idle iowait irq softirq steal …
  std::istringstream line{std::string(stat_line)};
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (!(line >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal) || cpu != "cpu")
    return {};
  return {user + nice + system + irq + softirq, idle + iowait, steal};
}

Conditions examine_conditions() { return Examination().all(); }

std::string environment_advice(std::string_view name, std::string_view value) {
  struct Warning {
    std::string_view prefix;
    std::string_view effect;
  };
  static constexpr Warning warnings[] = {
      {"OPENBLAS_CORETYPE", "forces OpenBLAS onto kernels of that core type, which may be slower ones"},
      {"OPENBLAS_L2_SIZE", "changes OpenBLAS's blocking"},
      {"OPENBLAS_NUM_THREADS", "limits OpenBLAS's threads"},
      {"OMP_NUM_THREADS", "limits the threads of OpenMP programs and libraries"},
      {"OMP_THREAD_LIMIT", "limits the threads of OpenMP programs and libraries"},
      {"OMP_PROC_BIND", "pins OpenMP threads, against gemmark's own pinning"},
      {"OMP_PLACES", "pins OpenMP threads, against gemmark's own pinning"},
      {"GOMP_CPU_AFFINITY", "pins OpenMP threads, against gemmark's own pinning"},
      {"KMP_AFFINITY", "pins OpenMP threads, against gemmark's own pinning"},
      {"MKL_", "changes how MKL chooses its kernels or threads"},
      {"BLIS_ARCH_TYPE", "forces BLIS onto kernels of that architecture"},
      {"BLIS_", "changes how BLIS chooses its threads or kernels"},
      {"DNNL_", "changes how oneDNN chooses its kernels"},
      {"ONEDNN_", "changes how oneDNN chooses its kernels"},
      {"NVIDIA_TF32_OVERRIDE", "switches tf32 on or off behind a library's back"},
      {"CUDA_VISIBLE_DEVICES", "hides devices"},
      {"CUDA_LAUNCH_BLOCKING", "makes every launch wait"},
      {"CUBLAS_", "changes how cuBLAS chooses its algorithms"},
      {"CUDNN_", "changes how cuDNN chooses its algorithms"},
  };
  for (const Warning& warning : warnings)
    if (name.starts_with(warning.prefix)) return fmt::format("{}={} {}.", name, value, warning.effect);
  return "";
}

}  // namespace gemmark
