// One line that stands for many problems, in suites and behind --problem:
//
//   gemm m={1,16} n=4096 k=4096 in={fp32,bf16}    alternatives; the last one varies fastest
//   gemm m=n=k={256..1024..256} in=fp32           a range with its step; keys that share a value
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gemmark {

/// The problems that a line stands for, spelled as gemmark prints them. Throws ParseError with `line` and the
/// column in the text as it was written, or as it was expanded where that is another.
std::vector<std::string> expand_problems(std::string_view text, int line = 1);

}  // namespace gemmark
