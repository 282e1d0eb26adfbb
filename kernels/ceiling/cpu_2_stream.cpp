// What main memory delivers: 128-bit accesses are enough to keep it busy.
#include "kernels/ceiling/stream_loops.hpp"
#include "kernels/gemm/simd_portable.hpp"

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] {
      std::vector<Ceiling> all = stream_ceilings("", {0}, cached_streams<Portable<double>>);
      for (Ceiling& one : stream_ceilings("", {0}, streaming_streams<Portable<double>>))
        all.push_back(std::move(one));
      return all;
    }};

}  // namespace gemmark
