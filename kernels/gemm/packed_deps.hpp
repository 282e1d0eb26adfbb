// What packed.hpp needs of others, compiled for the baseline: include it before the ISA region begins.
#pragma once

#include <omp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "kernels/gemm/blocking.hpp"
#include "kernels/gemm/packed_source.hpp"
