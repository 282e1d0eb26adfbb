// The samples of one row: those taken while nobody else was seen on its processors make the figures, the
// others are kept aside. Who is set aside is told by readings of the processors before and after, and by
// whether a thread of ours had to leave its processor meanwhile, never by how long the sample took.
#pragma once

#include <cstddef>
#include <vector>

namespace gemmark {

class Samples {
 public:
  void add(double seconds, bool contended) {
    all_.push_back(seconds);
    (contended ? contended_ : alone_).push_back(seconds);
  }
  std::size_t size() const { return all_.size(); }
  const std::vector<double>& alone() const { return alone_; }
  const std::vector<double>& contended() const { return contended_; }
  const std::vector<double>& all() const { return all_; }

 private:
  std::vector<double> all_, alone_, contended_;
};

}  // namespace gemmark
