// A row's name in Google Benchmark's world: the same in `gemmark bench` and in `gemmark export google`, so
// that their files can be compared.
#pragma once

#include <string>
#include <string_view>

#include "harness/record.hpp"

namespace gemmark {

/// "gemm/avx512_packed/m:64/n:64/k:64/in:fp32/host/cold/threads:2"; the data's distribution only where it is
/// not the usual one.
std::string google_name(std::string_view kernel, std::string_view problem, std::string_view device,
                        std::string_view mode, std::string_view data, int threads);
std::string google_name(const ResultRecord& record);

}  // namespace gemmark
