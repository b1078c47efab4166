#include "suites/data/quick-ocr/generator/scene.h"

namespace assay::suites::quick_ocr {

std::string truth_text(const Scene& scene) {
  std::string text;
  for (const Line& line : scene.lines) {
    if (!text.empty()) text += '\n';
    for (size_t i = 0; i < line.cells.size(); ++i) {
      if (i > 0) text += ' ';
      text += line.cells[i].text;
    }
  }
  return text;
}

}  // namespace assay::suites::quick_ocr
