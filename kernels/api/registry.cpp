#include "kernels/api/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace gemmark {
namespace {

template <class T>
void identify(T& item, FileIdentity file) {
  if (item.name.empty()) item.name = file.name;
  if (item.backend.empty()) item.backend = file.backend;
}

template <class T>
void sort_by_name(std::vector<T>& items) {
  std::stable_sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.name < b.name; });
}

}  // namespace

Registry& Registry::global() {
  static Registry registry;
  return registry;
}

void Registry::add(FileIdentity file, Kernel kernel) {
  identify(kernel, file);
  if (!kernel.variant.empty()) kernel.name += fmt::format("[{}]", kernel.variant);
  for (const Kernel& other : kernels_)
    if (other.name == kernel.name)
      throw std::logic_error(fmt::format("two kernels are named {}", kernel.name));
  kernels_.push_back(std::move(kernel));
}
void Registry::add(FileIdentity file, Backend backend) {
  if (backend.name.empty()) backend.name = file.backend;
  backends_.push_back(std::move(backend));
}
void Registry::add(FileIdentity file, Ceiling ceiling) {
  identify(ceiling, file);
  ceilings_.push_back(std::move(ceiling));
}
void Registry::add(FileIdentity file, Oracle oracle) {
  identify(oracle, file);
  oracles_.push_back(std::move(oracle));
}
void Registry::add(FileIdentity, CheckerFactory factory) { checkers_.push_back(std::move(factory)); }
void Registry::add(FileIdentity, DeviceFactory factory) { device_factories_.push_back(std::move(factory)); }

void Registry::settle() {
  if (deferred_.empty()) return;
  for (const Fill& fill : std::exchange(deferred_, {})) fill(*this);
  sort_by_name(kernels_);
  sort_by_name(backends_);
  sort_by_name(ceilings_);
  std::stable_sort(oracles_.begin(), oracles_.end(),
                   [](const Oracle& a, const Oracle& b) { return a.priority > b.priority; });
}

const std::vector<Kernel>& Registry::kernels() { return settle(), kernels_; }
const std::vector<Backend>& Registry::backends() { return settle(), backends_; }
const std::vector<Ceiling>& Registry::ceilings() { return settle(), ceilings_; }
const std::vector<Oracle>& Registry::oracles() { return settle(), oracles_; }

const BackendStatus& Registry::status(std::string_view backend) {
  settle();
  for (const auto& [name, status] : statuses_)
    if (name == backend) return status;
  const auto found =
      std::find_if(backends_.begin(), backends_.end(), [&](const Backend& b) { return b.name == backend; });
  BackendStatus status;
  if (found != backends_.end()) {
    for (const auto& [kind, why] : missing_devices())
      if (kind == found->device_kind) status.available = Support::no(why);
    if (status.available && found->probe) status = found->probe();
  }
  return statuses_.emplace_back(backend, std::move(status)).second;
}

const std::vector<std::unique_ptr<Device>>& Registry::devices() {
  settle();
  if (!std::exchange(devices_made_, true))
    for (const DeviceFactory& factory : device_factories_) {
      std::string why_none;
      auto found = factory.make(why_none);
      if (found.empty()) missing_devices_.emplace_back(factory.kind, why_none);
      for (auto& device : found) devices_.push_back(std::move(device));
    }
  return devices_;
}

const std::vector<std::pair<std::string, std::string>>& Registry::missing_devices() {
  devices();
  return missing_devices_;
}

std::unique_ptr<Checker> Registry::checker(Device& device) {
  settle();
  for (const CheckerFactory& factory : checkers_)
    if (factory.device_kind == device.info().kind) return factory.make(device);
  throw std::logic_error(fmt::format("no checker is registered for devices of kind {}", device.info().kind));
}

}  // namespace gemmark
