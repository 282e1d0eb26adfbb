// Errors of the CUDA runtime as exceptions that quote the call, and the device's queue as a stream.
#pragma once

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "kernels/api/device.hpp"

namespace gemmark {

class CudaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Errors after which the runtime answers every call of the process with the same error.
inline bool loses_the_device(cudaError_t error) {
  switch (error) {
    case cudaErrorIllegalAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContextIsDestroyed:
    case cudaErrorDevicesUnavailable:
    case cudaErrorNoDevice:
    case cudaErrorSystemNotReady:
    case cudaErrorUnknown:
      return true;
    default:
      return false;
  }
}

inline void cuda_check(cudaError_t error, const char* call, const char* file, int line) {
  if (error == cudaSuccess) return;
  // Clears what is not sticky, so that the next call does not report this one's failure again.
  cudaGetLastError();
  const std::string what =
      std::string(call) + ": " + cudaGetErrorString(error) + " (" + file + ":" + std::to_string(line) + ")";
  if (loses_the_device(error)) throw DeviceLost(what);
  throw CudaError(what);
}
#define GEMMARK_CUDA_CHECK(call) ::gemmark::cuda_check((call), #call, __FILE__, __LINE__)

inline cudaStream_t stream_of(Queue queue) { return static_cast<cudaStream_t>(queue.handle); }

/// For the calls of this thread that follow.
inline void make_current(const Device& device) {
  const std::string& id = device.info().id;  // "cuda:0"
  GEMMARK_CUDA_CHECK(cudaSetDevice(std::stoi(id.substr(id.find(':') + 1))));
}
inline int current_device() {
  int index = 0;
  GEMMARK_CUDA_CHECK(cudaGetDevice(&index));
  return index;
}

/// Compute capability as one number, 90 for 9.0. The device's kind is "cuda".
inline int sm_version(const Device& device) {
  const auto found = device.info().facts.find("sm");
  return found == device.info().facts.end() ? 0 : std::stoi(found->second);
}

/// A function of the driver, which the program is not linked against. Throws where the driver lacks it.
template <class Function>
Function* driver_function(const char* name, unsigned version) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result{};
  GEMMARK_CUDA_CHECK(cudaGetDriverEntryPointByVersion(name, &found, version, cudaEnableDefault, &result));
  if (result != cudaDriverEntryPointSuccess) throw CudaError(std::string("the driver has no ") + name);
  return reinterpret_cast<Function*>(found);
}

}  // namespace gemmark
