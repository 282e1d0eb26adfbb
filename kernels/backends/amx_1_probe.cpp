// Tile registers and their matrix unit: Intel servers since Sapphire Rapids (2023). The kernel enlarges a
// process's register state for them only when asked, and may refuse.
#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernels/api/registry.hpp"
#include "kernels/backends/cpu_features.hpp"

namespace gemmark {
namespace {

Support ask_for_tiles() {
#ifndef ARCH_REQ_XCOMP_PERM  // since Linux 5.16
  constexpr int ARCH_REQ_XCOMP_PERM = 0x1023;
#endif
  constexpr int tile_data = 18;  // its number among the register states that XSAVE knows
  if (syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, tile_data) == 0) return Support::yes();
  return Support::no(fmt::format("the kernel refuses tile registers (arch_prctl ARCH_REQ_XCOMP_PERM: {})",
                                 std::strerror(errno)));
}

BackendStatus probe() {
  Support features = need_features(
      {{"amx-tile", cpu_has(Amx::tile)}, {"amx-bf16", cpu_has(Amx::bf16)}, {"amx-int8", cpu_has(Amx::int8)}});
  return {.available = features ? ask_for_tiles() : features};
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.summary = "tile registers and their matrix unit", .probe = probe}; }};

}  // namespace gemmark
