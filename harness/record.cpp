#include "harness/record.hpp"
namespace gemmark {}
