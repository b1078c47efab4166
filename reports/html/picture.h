// Pictures of the sample section: read from disk, checked against the run's sha256, and put into
// the page as a data URI, once each and within a budget. What cannot be shown is named with its
// reason.
//
//   PictureShelf shelf(page, budget);
//   h.add(shelf.show({.path = "data/a.png", .media_type = "image/png", .sha256 = "..."}, "a"));
#pragma once

#include <set>
#include <string>

#include "harness/types/sample.h"
#include "reports/html/page.h"

namespace assay::reports::html {

class PictureShelf {
 public:
  PictureShelf(const Page& page, PictureBudget& budget) : page_(page), budget_(budget) {}
  Html show(const Image& image, const std::string& sample_id);
  // Bytes that pictures have put into the page so far.
  [[nodiscard]] size_t bytes_used() const { return bytes_used_; }

 private:
  [[nodiscard]] Html left_out(const Image& image, Msg why) const;

  const Page& page_;
  PictureBudget& budget_;
  std::set<std::string> shown_;  // sha256
  size_t bytes_used_ = 0;
};

}  // namespace assay::reports::html
