// What runs were measured on and with, side by side: where two machines or builds differ, their figures do
// too.
#pragma once

#include <string>
#include <vector>

#include "reports/peers.hpp"

namespace gemmark {

struct Fact {
  std::string topic;  ///< "machine", "libraries", "build", "conditions", "options"
  std::string name;
  std::vector<std::string> values;  ///< one a run; empty where a run does not say
  bool differs = false;
};

/// In a fixed order of topics; names in the order in which the runs bring them.
std::vector<Fact> facts(const std::vector<NamedRun>& runs);

}  // namespace gemmark
