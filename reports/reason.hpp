// Reasons that differ only in their figures, told as one: "would take about 0.4 … 18.1 s".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gemmark {

/// What such reasons share: a figure is a word that is a number, with or without punctuation behind it.
std::string reason_pattern(std::string_view why);

class Reason {
 public:
  /// `why` has the pattern of those added before.
  void add(std::string_view why);
  /// The reason with the range of each figure that differed.
  std::string text() const;

 private:
  struct Word {
    std::string least, most;  ///< as they were spelled; the same where it is no figure
  };
  std::vector<Word> words_;
};

}  // namespace gemmark
