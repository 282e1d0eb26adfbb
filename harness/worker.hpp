// A worker: a process that measures. It takes commands as JSON lines on one descriptor and answers in JSON
// lines on another, each between newlines, so that what a library prints cannot swallow a record.
//
//   {"command": "prepare", "options": {…}}   → {"reply": "prepared", "context": …, "units": […], "refused":
//   […]}
//   {"command": "survey", "units": […]}      → ceiling lines, {"reply": "surveyed", "state": …}
//   {"command": "adopt", "options": …, "state": …}     → {"reply": "adopted"}: for the successor of a worker
//   that died
//   {"command": "measure", "unit": {…}}      → progress and result lines, {"reply": "measured", "spent":
//   {…}}; or {"reply": "lost", …}: the device can no longer be used from this process, rows without a result
//   want another
//
// A command that fails is answered by {"reply": "error", "why": …}.
//
// It ends when the command descriptor is closed.
#pragma once

namespace gemmark {

/// `heartbeat_fd`: a shared page for Heartbeat, or -1. Returns the process's exit code.
int worker_main(int commands_fd, int records_fd, int heartbeat_fd);

/// The descriptors that a spawned worker finds open.
inline constexpr int worker_records_fd = 3;
inline constexpr int worker_commands_fd = 4;
inline constexpr int worker_heartbeat_fd = 5;

}  // namespace gemmark
