// SHA-256 (FIPS 180-4), for the one use that a report has: a content security policy names the scripts that
// may run by their digests.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemmark {

std::array<std::uint8_t, 32> sha256(std::string_view bytes);

/// "sha256-" and the digest in base64, as a content security policy quotes a script or a style sheet.
std::string policy_hash(std::string_view content);

}  // namespace gemmark
