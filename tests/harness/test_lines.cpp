#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "harness/lines.hpp"
#include "tests/catch.hpp"

using gemmark::LineReader;

namespace {

struct Pipe {
  Pipe() { REQUIRE(pipe(ends.data()) == 0); }
  ~Pipe() {
    for (const int end : ends) close(end);
  }
  void put(const std::string& text) const {
    REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("lines are put together from whatever arrives") {
  const Pipe pipe;
  LineReader reader(pipe.ends[0]);
  std::vector<std::string> lines;
  for (const char* part : {"\nfir", "st\n", "\nsecond\n\nthi", "rd\n"}) {
    pipe.put(part);
    REQUIRE(reader.fill());
    while (const auto line = reader.next()) lines.push_back(*line);
  }
  CHECK(lines == std::vector<std::string>{"first", "second", "third"});
}

TEST_CASE("a line without end is an error, not a wait") {
  const Pipe pipe;
  LineReader reader(pipe.ends[0]);
  const std::string part(65536, 'x');
  const auto read_on = [&] {
    for (std::size_t read = 0; read <= LineReader::longest_line; read += part.size()) {
      pipe.put(part);
      reader.fill();
      if (reader.next()) break;
    }
  };
  CHECK_THROWS_WITH(read_on(), ContainsSubstring("grown too long"));
}
