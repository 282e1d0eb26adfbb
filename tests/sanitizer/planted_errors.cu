// A kernel that is wrong for each of compute-sanitizer's tools: what scripts/sanitize.sh asks a tool to find
// before it believes that the tool finds nothing elsewhere.
//
//   planted_errors memcheck|racecheck|initcheck|synccheck
#include <cstdio>
#include <cstring>

namespace {

constexpr int threads = 64;

__global__ void reads_past_the_end(const int* data, int* out) { out[threadIdx.x] = data[threadIdx.x + 1]; }

__global__ void reads_what_nobody_wrote(const int* data, int* out) { out[threadIdx.x] = data[threadIdx.x]; }

__global__ void does_not_wait_for_the_other_warp(int* out) {
  __shared__ int shared[threads];
  shared[threadIdx.x] = static_cast<int>(threadIdx.x);
  out[threadIdx.x] = shared[threads - 1 - threadIdx.x];
}

__global__ void meets_half_of_the_block(int* out) {
  if (threadIdx.x % 2 == 1) __syncthreads();
  out[threadIdx.x] = 1;
}

}  // namespace

int main(int count, char** arguments) {
  int *data = nullptr, *out = nullptr;
  if (cudaMalloc(&data, threads * sizeof(int)) != cudaSuccess ||
      cudaMalloc(&out, threads * sizeof(int)) != cudaSuccess) {
    std::fprintf(stderr, "planted_errors: no GPU\n");
    return 4;
  }
  const char* tool = count == 2 ? arguments[1] : "";
  if (std::strcmp(tool, "memcheck") == 0)
    reads_past_the_end<<<1, threads>>>(data, out);
  else if (std::strcmp(tool, "racecheck") == 0)
    does_not_wait_for_the_other_warp<<<1, threads>>>(out);
  else if (std::strcmp(tool, "initcheck") == 0)
    reads_what_nobody_wrote<<<1, threads>>>(data, out);
  else if (std::strcmp(tool, "synccheck") == 0)
    meets_half_of_the_block<<<1, threads>>>(out);
  else
    return 2;
  cudaDeviceSynchronize();  // what it returns depends on the tool
  return 0;
}
