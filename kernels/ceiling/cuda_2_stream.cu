// What a GPU's memory and its L2 cache deliver: grids of several shapes, each thread with four 16-byte
// accesses under way. Random data; bytes are counted as on the host: read 1 array, copy 2, triad 3.
#include "kernels/ceiling/launch.cuh"

namespace gemmark {
namespace {

struct Arrays {
  const float4 *a, *b;
  float4* c;
  std::int64_t count;  // a multiple of what the grid does at once
};

__device__ float4 plus_scaled(float4 x, float scale, float4 y) {
  return {x.x + scale * y.x, x.y + scale * y.y, x.z + scale * y.z, x.w + scale * y.w};
}

// What is read or written once has no business in the caches: hinted accesses are evicted first.
template <bool hinted>
__device__ float4 get(const float4* from) {
  return hinted ? __ldcs(from) : *from;
}
template <bool hinted>
__device__ void put(float4* to, float4 value) {
  if constexpr (hinted)
    __stcs(to, value);
  else
    *to = value;
}

// A block takes tiles of in_flight · blockDim elements, all of them where the grid is that large.
template <int arrays, int in_flight, bool hinted>
__global__ void stream(Arrays s) {
  const std::int64_t tile = std::int64_t{in_flight} * blockDim.x;
  float4 sum = {0, 0, 0, 0};
  for (std::int64_t i = blockIdx.x * tile + threadIdx.x; i < s.count; i += gridDim.x * tile) {
    float4 a[in_flight], b[in_flight];
#pragma unroll
    for (int v = 0; v < in_flight; ++v) {
      a[v] = get<hinted>(s.a + i + v * blockDim.x);
      if constexpr (arrays == 3) b[v] = get<hinted>(s.b + i + v * blockDim.x);
    }
#pragma unroll
    for (int v = 0; v < in_flight; ++v)
      if constexpr (arrays == 1)
        sum = plus_scaled(a[v], 0.5f, sum);
      else
        put<hinted>(s.c + i + v * blockDim.x, arrays == 3 ? plus_scaled(a[v], 3, b[v]) : a[v]);
  }
  // Never: the operands are at most 1, and a sum that is halved before each is added stays below 2. The
  // compiler cannot know, or nothing would be read.
  if constexpr (arrays == 1)
    if (sum.x + sum.y + sum.z + sum.w == 1e30f) s.c[0] = sum;
}

// Past the L1 cache, over the same array again and again.
constexpr int l2_in_flight = 4;
__global__ void read_l2(Arrays s, int passes) {
  const std::int64_t stride = std::int64_t{gridDim.x} * blockDim.x;
  float4 sum = {0, 0, 0, 0};
  for (int pass = 0; pass < passes; ++pass)
    for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < s.count;
         i += l2_in_flight * stride) {
      float4 a[l2_in_flight];
#pragma unroll
      for (int v = 0; v < l2_in_flight; ++v) a[v] = __ldcg(s.a + i + v * stride);
#pragma unroll
      for (int v = 0; v < l2_in_flight; ++v) sum = plus_scaled(a[v], 0.5f, sum);
    }
  if (sum.x + sum.y + sum.z + sum.w == 1e30f) s.c[0] = sum;
}

__global__ void fill(float* to, std::int64_t count) {
  const Fill uniform{Distribution::uniform, 1};
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count;
       i += std::int64_t{gridDim.x} * blockDim.x)
    to[i] = static_cast<float>(fill_value(uniform, static_cast<std::uint64_t>(i), false));
}

std::shared_ptr<Memory> random_floats(Device& device, std::int64_t bytes) {
  std::shared_ptr<Memory> memory = device.allocate(bytes);
  fill<<<8 * multiprocessors(device), 512, 0, stream_of(device.queue())>>>(
      reinterpret_cast<float*>(memory->data()), bytes / 4);
  GEMMARK_CUDA_CHECK(cudaGetLastError());
  device.synchronize();
  return memory;
}

/// `parts` arrays of that memory, cut to a multiple of `step` elements.
Arrays cut(const Memory& memory, int parts, std::int64_t step) {
  constexpr std::int64_t size = sizeof(float4);
  const std::int64_t apart = memory.bytes() / parts / size, count = apart / step * step;
  auto* first = reinterpret_cast<float4*>(memory.data());
  return {first, first + (parts - 1) * apart, parts == 3 ? first + apart : first + (parts - 1) * apart,
          count};
}

template <int arrays, int in_flight, bool hinted>
void add_shapes(Device& device, const std::shared_ptr<Memory>& memory, LaunchRuns& runs) {
  constexpr int one_pass = 0;
  for (const int threads : {256, 1024})
    for (const int a_multiprocessor : {8, 64, one_pass}) {
      const std::int64_t tile = std::int64_t{in_flight} * threads;
      const std::int64_t blocks = std::int64_t{a_multiprocessor} * multiprocessors(device);
      const Arrays s = cut(*memory, arrays, tile * std::max<std::int64_t>(blocks, 1));
      const auto grid = static_cast<unsigned>(a_multiprocessor == one_pass ? s.count / tile : blocks);
      if (s.count == 0) continue;
      runs.push_back(std::make_unique<LaunchRun>(
          [=](cudaStream_t queue) {
            static_cast<void>(memory);  // kept alive
            stream<arrays, in_flight, hinted><<<grid, threads, 0, queue>>>(s);
          },
          static_cast<double>(arrays) * sizeof(float4) * static_cast<double>(s.count),
          launch_text(static_cast<int>(grid), threads) + ", " + std::to_string(in_flight) + " accesses" +
              (hinted ? ", evicted first" : "")));
    }
}

template <int arrays>
LaunchRuns memory_shapes(Device& device, int) {
  // Over a hundred times the L2 cache where the memory allows it; a launch takes 2 ms on an H200.
  constexpr std::int64_t wanted = std::int64_t{8} << 30;
  const auto memory = random_floats(device, std::min(wanted, device.free_bytes() / 4));
  LaunchRuns runs;
  add_shapes<arrays, 1, false>(device, memory, runs);
  add_shapes<arrays, 4, false>(device, memory, runs);
  add_shapes<arrays, 4, true>(device, memory, runs);
  add_shapes<arrays, 8, true>(device, memory, runs);
  if constexpr (arrays == 2) {  // as the driver copies
    const std::int64_t half = memory->bytes() / 2;
    runs.push_back(std::make_unique<LaunchRun>(
        [=](cudaStream_t queue) {
          GEMMARK_CUDA_CHECK(
              cudaMemcpyAsync(memory->data() + half, memory->data(), half, cudaMemcpyDeviceToDevice, queue));
        },
        2.0 * static_cast<double>(half), "cudaMemcpyAsync"));
  }
  return runs;
}

LaunchRuns l2_shapes(Device& device, int) {
  const std::int64_t cache = device.info().last_level_cache_bytes();
  LaunchRuns runs;
  for (const int share :
       {8, 4, 2}) {  // a half of Hopper's cache is nearer to a multiprocessor than the other
    const auto memory = random_floats(device, cache / share);
    for (const int blocks : {1, 2}) {
      constexpr int threads = 1024;
      const int grid = blocks * multiprocessors(device);
      const Arrays s = cut(*memory, 1, std::int64_t{l2_in_flight} * grid * threads);
      if (s.count == 0) continue;
      const double bytes = sizeof(float4) * static_cast<double>(s.count);
      const int passes = static_cast<int>(4e9 / bytes) + 1;  // about 1 ms
      runs.push_back(std::make_unique<LaunchRun>(
          [=](cudaStream_t queue) {
            static_cast<void>(memory);
            read_l2<<<grid, threads, 0, queue>>>(s, passes);
          },
          bytes * passes, std::to_string(memory->bytes() >> 20) + " MiB, " + launch_text(grid, threads)));
    }
  }
  return runs;
}

Ceiling bandwidth(const char* name, int level, const char* summary,
                  std::function<LaunchRuns(Device&, int)> shapes) {
  return {.name = name,
          .device_kind = "cuda",
          .kind = Ceiling::Kind::bandwidth,
          .cache_level = level,
          .summary = summary,
          .supports = [](const Device&) { return Support::yes(); },
          .shapes = std::move(shapes)};
}

}  // namespace

const Registration registration{GEMMARK_FILE, [] {
                                  return std::vector{
                                      bandwidth("read", 0, "1 array in the GPU's memory", memory_shapes<1>),
                                      bandwidth("copy", 0, "2 arrays in the GPU's memory", memory_shapes<2>),
                                      bandwidth("triad", 0, "3 arrays in the GPU's memory", memory_shapes<3>),
                                      bandwidth("read", 2, "1 array in the L2 cache", l2_shapes)};
                                }};

}  // namespace gemmark
