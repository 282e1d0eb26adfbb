// The baseline that the program itself is compiled for: always here.
#include "kernels/api/registry.hpp"

namespace gemmark {

const Registration registration{
    GEMMARK_FILE, [] { return Backend{.summary = "portable C++ for the baseline instruction set"}; }};

}  // namespace gemmark
