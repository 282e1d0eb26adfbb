// The conditions on this machine that make numbers slower or less repeatable, each as a fact and, where
// something can be done, as advice. Linux only; what cannot be read is left out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gemmark {

struct Conditions {
  std::vector<std::pair<std::string, std::string>> facts;  ///< "governor", "powersave"
  std::vector<std::string> advice;                         ///< full sentences
};

/// Reads governor, boost, load, steal, quotas, memory and what a hypervisor hides. Takes 0.3 s: the load by
/// others is what the processors do while this process does nothing.
Conditions examine_conditions();

/// What a variable that is set may do to a library, as a sentence; empty for one that is only worth showing.
std::string environment_advice(std::string_view name, std::string_view value);

/// Times of /proc/stat's first line in ticks.
struct ProcessorTimes {
  double busy = 0, idle = 0, steal = 0;
};
/// Throws nothing: what is no such line reads as zeros.
ProcessorTimes processor_times(std::string_view stat_line);

}  // namespace gemmark
