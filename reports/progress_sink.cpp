#include "reports/progress_sink.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/figures.hpp"
#include "reports/text.hpp"

namespace gemmark {

std::string progress_text(const Progress& progress, int columns) {
  std::string head = progress.comparisons > 0
                         ? fmt::format("{}/{}  ", progress.comparison, progress.comparisons)
                         : std::string();
  std::string tail = "  " + clock_text(progress.elapsed_s);
  if (progress.left_s >= 0) tail += fmt::format(", about {} left", clock_text(progress.left_s));
  std::string middle = progress.what;
  if (!progress.doing.empty()) middle += (middle.empty() ? "" : "  ") + progress.doing;
  const int room = columns - width(head) - width(tail);
  return head + shortened(middle, std::max(room, 1)) + tail;
}

void ProgressSink::on_progress(const Progress& progress) {
  using namespace std::chrono;
  // Often enough to look alive, rarely enough to cost nothing.
  constexpr auto redraw_every = milliseconds(100);
  constexpr auto speak_every = seconds(10);
  constexpr int unlimited = 1 << 16;
  const auto now = steady_clock::now();
  const bool news = progress.comparison != announced_;
  if (columns_ > 0) {
    if (shown_ && now - last_ < redraw_every) return;
    // One column is left free: a full line makes some terminals wrap.
    out_ << "\r" << progress_text(progress, columns_ - 1) << "\x1b[K" << std::flush;
    shown_ = true;
  } else {
    if (!news && now - last_ < speak_every) return;
    out_ << progress_text(progress, unlimited) << std::endl;
  }
  announced_ = progress.comparison;
  last_ = now;
}

void ProgressSink::clear() {
  if (columns_ > 0 && shown_) out_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace gemmark
