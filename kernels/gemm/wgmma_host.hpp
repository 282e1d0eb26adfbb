// The host's side of the wgmma kernels: what the hardware can take, tensor maps, and the choice of a tile.
#pragma once

#include <cuda.h>

#include <algorithm>
#include <span>

#include "kernels/gemm/device_gemm.hpp"

namespace gemmark::wgmma {

/// TMA wants addresses and row pitches in multiples of 16 bytes; only 16-bit operands may lie MN-major.
inline Support supports(const Gemm& g, const Device& device) {
  if (Support sm = needs_sm(device, 90, true); !sm) return sm;
  if (Support type = writes_only_its_own_type(g); !type) return type;
  const int bits = info(info(g.in).a).bits;
  if (bits != 16 && (g.ta || !g.tb))
    return Support::no("wgmma reads " + std::string(name(g.in)) + " operands along k only (ta=0 tb=1)");
  for (const auto& [operand, leading] : {std::pair{"A", g.lda()}, std::pair{"B", g.ldb()}})
    if (leading * bits % 128 != 0)
      return Support::no(std::string("TMA reads rows that start on 16 bytes, and ") + operand +
                         " has rows of " + std::to_string(leading * bits / 8) + " bytes");
  return extents_below(g, 30);
}

inline CUtensorMapDataType tensor_map_type(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
    case Precision::fp16:
      return CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
    case Precision::tf32:
      return CU_TENSOR_MAP_DATA_TYPE_TFLOAT32;  // rounds to nearest on the way in; wgmma would truncate
    default:
      return CU_TENSOR_MAP_DATA_TYPE_UINT8;
  }
}

/// How a tensor is cut into boxes: extents and boxes in elements, pitches in bytes, innermost first.
template <int rank>
struct Boxes {
  cuuint64_t extents[rank], pitches[rank - 1];
  cuuint32_t box[rank];
};

template <int rank>
CUtensorMap encoded(const Tensor& tensor, Precision precision, const Boxes<rank>& boxes,
                    CUtensorMapSwizzle swizzle,
                    CUtensorMapL2promotion promotion = CU_TENSOR_MAP_L2_PROMOTION_L2_256B) {
  using Encode = CUresult(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*,
                          const cuuint64_t*, const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave,
                          CUtensorMapSwizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill);
  static Encode* const encode = driver_function<Encode>("cuTensorMapEncodeTiled", 12000);
  cuuint32_t steps[rank];
  std::fill(std::begin(steps), std::end(steps), 1);
  CUtensorMap map;
  const CUresult result =
      encode(&map, tensor_map_type(precision), rank, tensor.data, boxes.extents, boxes.pitches, boxes.box,
             steps, CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, promotion, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS)
    throw CudaError("cuTensorMapEncodeTiled: error " + std::to_string(static_cast<int>(result)));
  return map;
}

/// Boxes of `outer` rows by `row_bytes` of the contiguous dimension; outside is zero.
inline CUtensorMap tensor_map(const Tensor& tensor, Precision precision, int outer, int row_bytes = 128,
                              CUtensorMapSwizzle swizzle = CU_TENSOR_MAP_SWIZZLE_128B) {
  const Shape& shape = tensor.shape;
  const std::int64_t element = info(shape.dtype).bits / 8;
  const auto extent = [&](int axis) { return static_cast<cuuint64_t>(shape.extent[axis]); };
  const auto pitch = [&](int axis) { return static_cast<cuuint64_t>(shape.stride[axis] * element); };
  return encoded<3>(tensor, precision,
                    {{extent(2), extent(1), extent(0)},
                     {pitch(1), pitch(0)},
                     {static_cast<cuuint32_t>(row_bytes / element), static_cast<cuuint32_t>(outer), 1}},
                    swizzle);
}

/// The tensor maps of A and B, made anew where the operands have moved.
struct Maps {
  CUtensorMap a{}, b{};

  void refresh(const Operands& operands, Precision precision, int a_rows, int b_rows) {
    refresh(
        operands, [&](const Tensor& tensor) { return tensor_map(tensor, precision, a_rows); },
        [&](const Tensor& tensor) { return tensor_map(tensor, precision, b_rows); });
  }
  template <class MakeA, class MakeB>
  void refresh(const Operands& operands, MakeA make_a, MakeB make_b) {
    if (operands.in[0].data == from_a_ && operands.in[1].data == from_b_) return;
    a = make_a(operands.in[0]), b = make_b(operands.in[1]);
    from_a_ = operands.in[0].data, from_b_ = operands.in[1].data;
  }

 private:
  const std::byte *from_a_ = nullptr, *from_b_ = nullptr;
};

/// One compiled tiling of the kernel, for one precision and layout.
struct Variant {
  Precision precision;
  bool ta, tb;
  int tile_n, stages, cluster_m, cluster_n;
  int a_box, b_box;  ///< rows of a TMA box
  int shared_bytes;
  double efficiency;  ///< of a full device, relative to the largest tile: smaller ones read more per product
  int group;          ///< rows of cluster tiles walked together; near the square root of how many run
  void (*launch)(const cudaLaunchConfig_t&, const CUtensorMap& a, const CUtensorMap& b, const Gemm&,
                 const Variant&, const Operands&);
  const void* function;

  int cluster() const { return cluster_m * cluster_n; }
  std::int64_t cluster_tiles(const Gemm& g) const {
    return ceil_div(g.m, 128 * cluster_m) * ceil_div(g.n, tile_n * cluster_n) * g.batch;
  }
  /// Rows of a box of A. The copy engine fills rows outside the matrix with zeros at the price of real ones;
  /// where the matrix is shorter than the box they are left out, and what they multiply is never stored.
  int rows_of_a(const Gemm& g) const {
    const bool whole = g.ta || cluster() > 1 || g.m >= a_box;
    return whole ? a_box : static_cast<int>(ceil_div(g.m, 8) * 8);
  }
  std::string name() const {
    return "128x" + std::to_string(tile_n) + " tile, " + std::to_string(stages) + " stages, cluster " +
           std::to_string(cluster_m) + "x" + std::to_string(cluster_n);
  }
};

/// Waves of tiles times what a tile costs, the pipeline's fill and the epilogue counted as 512 bytes of k.
inline double predicted_cost(const Variant& v, const Gemm& g, int multiprocessors) {
  const double waves = static_cast<double>(ceil_div(v.cluster_tiles(g), multiprocessors / v.cluster()));
  const double k_bytes = static_cast<double>(storage_bytes(info(g.in).a, g.k)) + 512;
  return waves * v.tile_n / v.efficiency * k_bytes;
}

class PersistentPlan final : public Plan {
 public:
  PersistentPlan(const Gemm& problem, const Variant& variant, Device& device, int multiprocessors)
      : problem_(problem), variant_(variant) {
    allow_shared(device, variant.function, variant.shared_bytes);
    config_.blockDim = dim3(384);
    config_.dynamicSmemBytes = static_cast<std::size_t>(variant.shared_bytes);
    cluster_.id = cudaLaunchAttributeClusterDimension;
    cluster_.val.clusterDim = {static_cast<unsigned>(variant.cluster()), 1, 1};
    config_.attrs = &cluster_;
    config_.numAttrs = 1;
    config_.gridDim = dim3(static_cast<unsigned>(multiprocessors / variant.cluster() * variant.cluster()));
    int resident = 0;
    GEMMARK_CUDA_CHECK(cudaOccupancyMaxActiveClusters(&resident, variant.function, &config_));
    const std::int64_t clusters = std::min<std::int64_t>(resident, variant.cluster_tiles(problem));
    config_.gridDim = dim3(static_cast<unsigned>(clusters * variant.cluster()));
  }

  void run(const Operands& operands, Queue queue) override {
    maps_.refresh(operands, problem_.in, variant_.rows_of_a(problem_), variant_.b_box);
    config_.stream = stream_of(queue);
    variant_.launch(config_, maps_.a, maps_.b, problem_, variant_, operands);
  }
  std::string algorithm() const override { return variant_.name(); }

 private:
  Gemm problem_;
  Variant variant_;
  cudaLaunchConfig_t config_{};
  cudaLaunchAttribute cluster_{};
  Maps maps_;
};

inline bool fits(const Variant& v, const Gemm& g) {
  return v.precision == g.in && v.ta == g.ta && v.tb == g.tb;
}

/// Of the variants that fit the one predicted fastest.
inline std::unique_ptr<Plan> plan_of(const PlanRequest& request, std::span<const Variant> variants) {
  const auto& g = std::get<Gemm>(request.problem);
  const int multiprocessors = std::stoi(request.device.info().facts.at("multiprocessors"));
  const Variant* best = nullptr;
  for (const Variant& v : variants)
    if (fits(v, g) && (best == nullptr ||
                       predicted_cost(v, g, multiprocessors) < predicted_cost(*best, g, multiprocessors)))
      best = &v;
  return std::make_unique<PersistentPlan>(g, *best, request.device, multiprocessors);
}

}  // namespace gemmark::wgmma
