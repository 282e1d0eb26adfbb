#pragma once

#include <string>

namespace gemmark {

/// "gemmark 0.1.0 (1a2b3c4)"; the revision only where the build knew it.
std::string version_text();

}  // namespace gemmark
