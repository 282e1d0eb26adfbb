// Waiting for processors of our own.
#pragma once

#include "kernels/api/device.hpp"

namespace gemmark {

/// Whether somebody else uses the processors of that many threads right now.
bool contended(Device& device, int threads);

/// Waits while they do, as long as `patience_s` lasts, and takes what it waited off. Says whether they still
/// do.
bool wait_alone(Device& device, int threads, double& patience_s);

}  // namespace gemmark
