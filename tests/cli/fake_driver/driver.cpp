// A driver older than any runtime that this project can be built with: it knows its version, and nothing else
// is asked of it.
namespace {
constexpr int success = 0, not_found = 500;
}

extern "C" {
int cuInit(unsigned) { return success; }
int cuDriverGetVersion(int* version) { return *version = 11040, success; }
int cuGetProcAddress(const char*, void** found, int, unsigned long long) {
  *found = nullptr;
  return not_found;
}
}
