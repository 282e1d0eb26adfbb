// Yes, or no with the reason. A refusal never comes without one.
#pragma once

#include <string>
#include <utility>

namespace gemmark {

class [[nodiscard]] Support {
 public:
  static Support yes() { return Support{}; }
  static Support no(std::string why) { return Support{std::move(why)}; }

  explicit operator bool() const { return why_.empty(); }
  /// Empty where the answer is yes.
  const std::string& why() const { return why_; }

 private:
  Support() = default;
  explicit Support(std::string why) : why_(std::move(why)) {
    if (why_.empty()) why_ = "no reason given";
  }
  std::string why_;
};

}  // namespace gemmark
