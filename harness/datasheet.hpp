// What a device's vendor states for it, to stand beside what is measured. The figures and their sources are
// harness/datasheets.json, compiled in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kernels/api/ceiling.hpp"

namespace gemmark {

extern const char* const datasheets_json;

struct Datasheet {
  std::string name;    ///< the device as the datasheet calls it
  std::string source;  ///< which datasheet, and what was done to its figures
  std::map<std::string, double> tensor_flops, cuda_flops;  ///< operations a second by precision; as stated
  double memory_bytes_per_s = 0;
};

/// That of the device with this model name, or nothing. Throws where the data file is broken.
std::optional<Datasheet> datasheet_of(std::string_view model);

/// What the datasheet says of a ceiling of this kind, by that backend: CUDA cores have figures of their own.
/// Nothing for caches, links, and precisions that are not stated.
std::optional<double> stated(const Datasheet& datasheet, const Ceiling& ceiling);

}  // namespace gemmark
