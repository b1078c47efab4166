#include "app/interrupts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

#include "app/command.h"

namespace assay::app {

Interrupts::Interrupts(std::stop_source& stop) : stop_(stop) {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  thread_ = std::jthread([this](const std::stop_token& end) { work(end); });
}

void Interrupts::work(const std::stop_token& end) {
  while (!end.stop_requested()) {
    const timespec poll{0, 100'000'000};
    if (sigtimedwait(&set_, nullptr, &poll) < 0) continue;
    if (interrupted_.exchange(true)) _exit(kExitInterrupted);
    fmt::print(stderr,
               "\nstopping: what is in flight is dropped, everything stored stays; again to stop "
               "at once\n");
    stop_.request_stop();
  }
}

}  // namespace assay::app
