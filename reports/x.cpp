#include "harness/session.hpp"
namespace gemmark {}
