// A program that starts a managed server and waits, so that a test can kill it.
//
//   managed_host COMMAND...     prints the server's origin once it is healthy
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "backends/managed/managed_server.h"

int main(int argc, char** argv) {
  assay::backends::ManagedServerOptions options;
  options.name = "fake";
  options.argv.assign(argv + 1, argv + argc);
  auto server = assay::backends::ManagedServer::make(std::move(options));
  if (!server) return 1;
  const assay::Result<void> started = (*server)->start();
  if (!started) {
    fmt::print(stderr, "{}\n", started.error().text());
    return 1;
  }
  fmt::print("{}\n", (*server)->origin());
  std::fflush(stdout);
  while (true) ::pause();
}
