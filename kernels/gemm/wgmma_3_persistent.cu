// Hopper's Tensor cores at full speed: wgmma fed by TMA from a producer warp, blocks that stay resident and
// walk over the tiles, clusters that share what they fetch. The kernel is in wgmma_persistent.cuh; here are
// its precisions, layouts and tiles.
//
// Cost: of every 128 bytes of k, four instructions a warpgroup; a tile's epilogue hides under the other
// warpgroup's products as far as the stages let one run ahead of the other. 128×256 reads least from shared
// memory and L2; the narrower tiles are for problems that would leave multiprocessors idle.
#include "kernels/gemm/wgmma_variant.cuh"

namespace gemmark {
namespace {

using namespace wgmma;

using Wide = Tiling<256, 4, 2, 1>;
using Middle = Tiling<128, 6, 2, 1>;
// One block a cluster: for a single row of tiles, where a second block along m would only compute padding.
using Slim = Tiling<128, 6, 1, 1>;
using Narrow = Tiling<64, 8, 1, 1>;

template <class Types, class Out, bool ta = false, bool tb = true>
void add_tiles(std::vector<Variant>& variants, Precision precision) {
  variants.push_back(variant<Types, Out, Wide, ta, tb>(precision, 1.0));
  variants.push_back(variant<Types, Out, Middle, ta, tb>(precision, 0.85));
  if constexpr (tb && !ta) {
    variants.push_back(variant<Types, Out, Slim, ta, tb>(precision, 0.8));
    variants.push_back(variant<Types, Out, Narrow, ta, tb>(precision, 0.55));
  }
}

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = [] {
    std::vector<Variant> made;
    add_tiles<Bf16, __nv_bfloat16>(made, Precision::bf16);
    add_tiles<Fp16, __half>(made, Precision::fp16);
    add_tiles<Tf32, float>(made, Precision::tf32);
    add_tiles<E4m3, __nv_bfloat16>(made, Precision::fp8);
    add_tiles<E5m2E4m3, __nv_bfloat16>(made, Precision::fp8e5m2);
    add_tiles<S8, int>(made, Precision::int8);
    add_tiles<Bf16, __nv_bfloat16, false, false>(made, Precision::bf16);
    add_tiles<Fp16, __half, false, false>(made, Precision::fp16);
#ifdef GEMMARK_ALL_LAYOUTS
    add_tiles<Bf16, __nv_bfloat16, true, true>(made, Precision::bf16);
    add_tiles<Bf16, __nv_bfloat16, true, false>(made, Precision::bf16);
    add_tiles<Fp16, __half, true, true>(made, Precision::fp16);
    add_tiles<Fp16, __half, true, false>(made, Precision::fp16);
#endif
    return made;
  }();
  return all;
}

Support has_variant(const Problem& problem, const Device& device) {
  const auto& g = std::get<Gemm>(problem);
  const auto& all = variants();
  if (std::none_of(all.begin(), all.end(), [&](const Variant& v) { return v.precision == g.in; }))
    return has_no(g.in);
  if (Support hardware = wgmma::supports(g, device); !hardware) return hardware;
  if (std::none_of(all.begin(), all.end(), [&](const Variant& v) { return fits(v, g); }))
    return Support::no("has no variant for a transposed A");
  return Support::yes();
}

}  // namespace

const Registration registration{
    GEMMARK_FILE, [] {
      return Kernel{.device_kind = "cuda",
                    .summary = "TMA, warp specialisation, persistent clusters",
                    .supports = has_variant,
                    .plan = [](const PlanRequest& request) { return plan_of(request, variants()); }};
    }};

}  // namespace gemmark
