// A run file from anywhere: whatever its bytes, reading it ends with records or with an error, and
// so does its summary.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/aggregate/summarize.h"
#include "harness/store/sqlite_store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int fd = memfd_create("run", MFD_CLOEXEC);
  if (fd < 0) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (write(fd, data, size) == static_cast<ssize_t>(size)) {
    const auto store = assay::store::SqliteStore::open_for_reading(path);
    if (store) {
      (void)(*store)->manifest().has_value();
      (void)(*store)->read_records([](const assay::Record&) {}).has_value();
      (void)(*store)->read_items({}, [](const assay::ItemDetail&) { return true; }).has_value();
      assay::ItemQuery worst;
      worst.worst_first = true;
      (void)(*store)->read_items(worst, [](const assay::ItemDetail&) { return true; }).has_value();
      (void)(*store)->read_loads([](const assay::LoadInfo&) {}).has_value();
      const std::vector<const assay::RunStore*> stores{store->get()};
      const std::vector<std::string> names{"fuzz"};
      (void)assay::aggregate::summarize(stores, names, {}).has_value();
    }
  }
  close(fd);
  return 0;
}
