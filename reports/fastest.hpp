// The fastest ranked row of each kind.
#pragma once

#include <map>
#include <vector>

#include "reports/result.hpp"

namespace gemmark {

/// By `key` of a row, in the order of the keys.
template <class Key>
auto fastest(const std::vector<ResultRecord>& results, Key key) {
  std::map<decltype(key(results.front())), const ResultRecord*> best;
  for (const ResultRecord& r : results) {
    if (!is_ranked(r) || !r.tflops) continue;
    const ResultRecord*& row = best[key(r)];
    if (row == nullptr || *r.tflops > *row->tflops) row = &r;
  }
  return best;
}

}  // namespace gemmark
