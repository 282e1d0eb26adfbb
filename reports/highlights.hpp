// What a run shows beside its best rows: how the engines, the libraries and the steps of the ladder compare.
#pragma once

#include "reports/headline.hpp"

namespace gemmark {

/// `peers` as for headline().
std::vector<Finding> highlights(const RecordedRun& run, const std::vector<Peer>& peers);

/// "the CPU", "the GPU"; a device of several of its kind by its name: "cuda:1".
std::string device_words(const RecordedRun& run, const std::string& device);
/// ", latency mode" where the run timed in several, which do not compare; else empty.
std::string mode_words(const RecordedRun& run, const ResultRecord& row);

}  // namespace gemmark
