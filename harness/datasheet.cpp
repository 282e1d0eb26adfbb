#include "harness/datasheet.hpp"

#include <nlohmann/json.hpp>
#include <regex>

namespace gemmark {
namespace {

std::map<std::string, double> flops_of(const nlohmann::json& tflops) {
  std::map<std::string, double> flops;
  for (const auto& [precision, value] : tflops.items()) flops[precision] = value.get<double>() * 1e12;
  return flops;
}

}  // namespace

std::optional<Datasheet> datasheet_of(std::string_view model) {
  const nlohmann::json all = nlohmann::json::parse(datasheets_json);
  const std::string text(model);
  for (const auto& device : all.at("devices"))
    if (std::regex_search(text, std::regex(device.at("device").get<std::string>())))
      return Datasheet{device.at("name"), device.at("source"), flops_of(device.at("tensor_tflops")),
                       flops_of(device.at("cuda_tflops")), device.at("memory_gbps").get<double>() * 1e9};
  return std::nullopt;
}

std::optional<double> stated(const Datasheet& datasheet, const Ceiling& ceiling) {
  if (ceiling.kind == Ceiling::Kind::bandwidth && ceiling.cache_level == 0)
    return datasheet.memory_bytes_per_s;
  if (ceiling.kind != Ceiling::Kind::compute || !ceiling.precision) return std::nullopt;
  const auto& flops = ceiling.backend == "cuda" ? datasheet.cuda_flops : datasheet.tensor_flops;
  const auto found = flops.find(std::string(name(*ceiling.precision)));
  if (found == flops.end()) return std::nullopt;
  return found->second;
}

}  // namespace gemmark
