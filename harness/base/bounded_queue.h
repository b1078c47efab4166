// BoundedQueue: many producers, one or many consumers, a limit with a name. The only thing two
// stages share.
//
// push() blocks while full; push_unbounded() never blocks (for the loop thread, whose volume
// credits already bound). close() wakes everybody: consumers drain what is left, then get nothing.
//
//   BoundedQueue<Piece> arrived("arrived", 1024);
//   std::vector<Piece> batch;
//   while (arrived.pop_all(batch)) { ...; batch.clear(); }
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace assay {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // Blocks while full; false once closed (the item is dropped).
  bool push(T item) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return items_.size() < capacity_ || closed_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    if (items_.size() == 1) not_empty_.notify_one();
    return true;
  }

  // Blocks while full, then takes all of `items` (so it may exceed the limit by one batch) and
  // leaves it empty.
  bool push_all(std::vector<T>& items) {
    if (items.empty()) return true;
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return items_.size() < capacity_ || closed_; });
    if (closed_) {
      items.clear();
      return false;
    }
    append_locked(items);
    return true;
  }

  // Never blocks. Takes all of `items`, leaves it empty.
  void push_all_unbounded(std::vector<T>& items) {
    const std::lock_guard lock(mutex_);
    append_locked(items);
  }

  // Blocks until there is something or the queue is closed and empty (then false). Appends
  // everything to `out`.
  bool pop_all(std::vector<T>& out) {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return !items_.empty() || closed_; });
    return take_locked(out);
  }

  // What is there now; never blocks.
  bool try_pop_all(std::vector<T>& out) {
    const std::lock_guard lock(mutex_);
    return take_locked(out);
  }

  // At most `max` items, for pools that share a queue. Blocks as pop_all does.
  bool pop_some(std::vector<T>& out, size_t max) {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return !items_.empty() || closed_; });
    if (items_.empty()) return false;
    if (items_.size() <= max) return take_locked(out);
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(max);
    for (auto it = items_.begin(); it != end; ++it) out.push_back(std::move(*it));
    items_.erase(items_.begin(), end);
    not_empty_.notify_one();  // the rest is for another worker
    not_full_.notify_all();
    return true;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    not_empty_.notify_all();
    not_full_.notify_all();
  }
  [[nodiscard]] bool drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }
  [[nodiscard]] size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  void append_locked(std::vector<T>& items) {
    const bool was_empty = items_.empty();
    if (was_empty) {
      items_.swap(items);
    } else {
      for (T& item : items) items_.push_back(std::move(item));
    }
    items.clear();
    if (was_empty && !items_.empty()) not_empty_.notify_one();
  }
  bool take_locked(std::vector<T>& out) {
    if (items_.empty()) return false;
    if (out.empty()) {
      out.swap(items_);
    } else {
      for (T& item : items_) out.push_back(std::move(item));
      items_.clear();
    }
    not_full_.notify_all();
    return true;
  }

  const size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::vector<T> items_;
  bool closed_ = false;
};

}  // namespace assay
