#include <array>
#include <string_view>

#include "suites/data/quick-ocr/generator/pages.h"
#include "suites/data/quick-ocr/generator/writing.h"

namespace assay::suites::quick_ocr {
namespace {

constexpr int kWidth = 640;
constexpr size_t kLines = 4;

// How the board looks.
enum class Board { kFramed, kDark, kRounded, kArrow };

struct SignLine {
  std::string_view text;  // empty: no line
  double size = 0;
};

struct Sign {
  Board board;
  Face face;
  std::array<SignLine, kLines> lines;
};

constexpr std::array<Sign, kVariants> kKoreanSigns = {{
    {Board::kFramed,
     Face::kNanumGothic,
     {{{"관계자 외 출입금지", 52},
       {"용무가 있으신 분은", 34},
       {"경비실로 연락해 주세요", 34},
       {"", 0}}}},
    {Board::kDark,
     Face::kNotoSans,
     {{{"진료 안내", 56},
       {"평일 오전 9시 - 오후 6시", 36},
       {"토요일 오전 9시 - 오후 1시", 36},
       {"일요일과 공휴일 휴진", 36}}}},
    {Board::kRounded,
     Face::kNanumMyeongjo,
     {{{"오늘의 점심", 50},
       {"된장찌개와 보리밥", 38},
       {"제육볶음과 쌈채소", 38},
       {"한 그릇 8,500원", 38}}}},
    {Board::kArrow,
     Face::kNanumBarunGothic,
     {{{"둘레길 입구", 54},
       {"전망대까지 2.4킬로미터", 36},
       {"쓰레기는 되가져가세요", 34},
       {"", 0}}}},
}};

constexpr std::array<Sign, kVariants> kEnglishSigns = {{
    {Board::kFramed,
     Face::kDejaVuSans,
     {{{"NO PARKING", 60}, {"Loading zone", 38}, {"Monday to Saturday", 34}, {"7 am - 6 pm", 34}}}},
    {Board::kDark,
     Face::kDejaVuSerif,
     {{{"Reading Room", 54},
       {"Please keep your voice low", 34},
       {"Open 10:00 - 19:30", 38},
       {"", 0}}}},
    {Board::kRounded,
     Face::kNotoSans,
     {{{"Today's Special", 52},
       {"Mushroom risotto", 38},
       {"Grilled trout with lemon", 38},
       {"Set menu 14.50", 38}}}},
    {Board::kArrow,
     Face::kDejaVuSans,
     {{{"Ferry Terminal", 52},
       {"Tickets at counter 3", 36},
       {"Next departure 16:45", 36},
       {"", 0}}}},
}};

constexpr std::array<Sign, kVariants> kMixedSigns = {{
    {Board::kFramed,
     Face::kNotoSans,
     {{{"금연구역 No Smoking", 48},
       {"위반 시 과태료 100,000원", 36},
       {"Fine 100,000 won", 36},
       {"", 0}}}},
    {Board::kDark,
     Face::kNanumGothic,
     {{{"안내데스크 Information", 46},
       {"2층 회의실 Meeting Room", 36},
       {"3층 식당 Cafeteria", 36},
       {"5층 옥상 Roof Garden", 36}}}},
    {Board::kRounded,
     Face::kNanumBarunGothic,
     {{{"영업중 OPEN", 58},
       {"월 - 금 11:00 - 22:00", 36},
       {"Last order 21:00", 36},
       {"포장 가능 Take out", 36}}}},
    {Board::kArrow,
     Face::kNotoSans,
     {{{"나가는 곳 Exit 4", 50}, {"시청 City Hall", 38}, {"중앙시장 Market", 38}, {"", 0}}}},
}};

const Sign& sign_of(Language language, int variant) {
  const auto at = static_cast<size_t>(variant);
  if (language == Language::kKorean) return kKoreanSigns[at];
  return language == Language::kEnglish ? kEnglishSigns[at] : kMixedSigns[at];
}

// Board and posts around a text block that ends at `bottom`.
void draw_board(Scene& scene, Board board, double bottom) {
  constexpr double kMargin = 22;
  const double right = kWidth - kMargin;
  std::vector<Shape>& shapes = scene.shapes;
  switch (board) {
    case Board::kFramed:
      shapes.push_back(rectangle(kMargin, kMargin, right, bottom, 255, 30, 8));
      break;
    case Board::kDark:
      shapes.push_back(rectangle(kMargin, kMargin, right, bottom, 45, kNoColour, 0, 14));
      break;
    case Board::kRounded:
      shapes.push_back(rectangle(kMargin, kMargin, right, bottom, 250, 90, 4, 36));
      shapes.push_back(
          rectangle(kMargin + 9, kMargin + 9, right - 9, bottom - 9, kNoColour, 90, 2, 28));
      break;
    case Board::kArrow:
      shapes.push_back(
          rectangle(kWidth / 2.0 - 16, bottom, kWidth / 2.0 + 16, bottom + 70, 110, 60));
      shapes.push_back(polygon({{kMargin, kMargin},
                                {right - 60, kMargin},
                                {right, (kMargin + bottom) / 2},
                                {right - 60, bottom},
                                {kMargin, bottom}},
                               240, 50, 5));
      break;
  }
}

}  // namespace

Page make_sign(Language language, int variant, Rng& rng) {
  const Sign& sign = sign_of(language, variant);
  Page page;
  page.scene.width = kWidth;
  page.scene.paper = static_cast<uint8_t>(draw_between(195, 225, 5, rng));  // the wall behind
  Pen pen(page.scene, 46, sign.face);
  if (sign.board == Board::kDark) pen.set_ink(245);
  bool first = true;
  for (const SignLine& line : sign.lines) {
    if (line.text.empty()) continue;
    pen.centred(std::string(line.text), line.size, first);
    first = false;
  }
  const double bottom = pen.y() + 24;
  draw_board(page.scene, sign.board, bottom);
  page.scene.height = static_cast<int>(bottom) + (sign.board == Board::kArrow ? 70 : 24);
  return page;
}

}  // namespace assay::suites::quick_ocr
