#include "reports/facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/figures.hpp"
#include "reports/text.hpp"

namespace gemmark {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.is_null() ? "" : to_line(value);
  std::vector<std::string> parts;
  for (const json& part : value) parts.push_back(text_of(part));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string caches_of(const json& device) {
  std::vector<Cache> caches;
  for (const json& cache : device.value("caches", json::array()))
    caches.push_back(
        {cache.value("level", 0), cache.value("bytes", std::int64_t{0}), cache.value("instances", 1)});
  return caches_text(caches);
}

class Gatherer {
 public:
  explicit Gatherer(std::size_t runs) : runs_(runs) {}

  void add(std::size_t run, const std::string& topic, const std::string& name, std::string value) {
    if (value.empty()) return;
    auto fact = std::find_if(facts.begin(), facts.end(),
                             [&](const Fact& f) { return f.topic == topic && f.name == name; });
    if (fact == facts.end())
      fact = facts.insert(facts.end(), {topic, name, std::vector<std::string>(runs_), false});
    fact->values[run] = std::move(value);
  }
  void add_all(std::size_t run, const std::string& topic, const json& object) {
    for (const auto& [key, value] : object.items()) add(run, topic, key, text_of(value));
  }
  std::vector<Fact> facts;

 private:
  std::size_t runs_;
};

void add_machine(Gatherer& to, std::size_t run, const json& machine) {
  for (const json& device : machine.value("devices", json::array())) {
    const std::string id = device.value("id", "");
    to.add(run, "machine", id, device.value("model", ""));
    to.add(run, "machine", id + " threads", std::to_string(device.value("max_threads", 0)));
    to.add(run, "machine", id + " memory", bytes_text(device.value("memory_bytes", 0.0)));
    to.add(run, "machine", id + " caches", caches_of(device));
    const json facts = device.value("facts", json::object());
    for (const auto& [key, value] : facts.items())
      to.add(run, "machine", fmt::format("{} {}", id, key), text_of(value));
  }
  const json missing = machine.value("missing_devices", json::object());
  for (const auto& [kind, why] : missing.items()) to.add(run, "machine", kind, "not here: " + text_of(why));
  to.add(run, "machine", "system", machine.value("system", "") + " " + machine.value("architecture", ""));
}

void add_libraries(Gatherer& to, std::size_t run, const json& libraries) {
  for (const auto& [name, library] : libraries.items()) {
    if (!library.value("available", false)) {
      to.add(run, "libraries", name, "not here: " + library.value("why", ""));
      continue;
    }
    const std::string core = library.value("/facts/core"_json_pointer, std::string());
    to.add(run, "libraries", name,
           fmt::format("{}{}", library.value("version", ""), core.empty() ? "" : fmt::format(" [{}]", core)));
  }
}

}  // namespace

std::vector<Fact> facts(const std::vector<NamedRun>& runs) {
  Gatherer all(runs.size());
  const auto object = [](const json& context, const char* key) { return context.value(key, json::object()); };
  for (std::size_t i = 0; i < runs.size(); ++i) add_machine(all, i, object(runs[i].run.context, "machine"));
  for (std::size_t i = 0; i < runs.size(); ++i)
    add_libraries(all, i, object(runs[i].run.context, "libraries"));
  for (std::size_t i = 0; i < runs.size(); ++i) all.add_all(i, "build", object(runs[i].run.context, "build"));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    json conditions = object(runs[i].run.context, "conditions");
    all.add_all(i, "conditions", conditions.value("environment", json::object()));
    // What is never twice the same says nothing.
    for (const char* part : {"environment", "timer", "trials", "load_average", "time_utc"})
      conditions.erase(part);
    all.add_all(i, "conditions", conditions);
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    json options = object(runs[i].run.context, "options");
    const json problems = options.value("problems", json::array());
    options["problems"] = fmt::format("{}: {}", problems.size(), text_of(problems));
    all.add_all(i, "options", options);
  }
  constexpr int longest = 300;  // lists of drivers run to thousands of characters
  for (Fact& fact : all.facts) {
    // What is cut off may be what differs.
    fact.differs = std::any_of(fact.values.begin(), fact.values.end(),
                               [&](const std::string& value) { return value != fact.values.front(); });
    for (std::string& value : fact.values) value = shortened(value, longest);
  }
  return std::move(all.facts);
}

}  // namespace gemmark
