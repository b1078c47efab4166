#include <algorithm>
#include <array>
#include <string_view>

#include "suites/data/quick-ocr/generator/pages.h"
#include "suites/data/quick-ocr/generator/writing.h"

namespace assay::suites::quick_ocr {
namespace {

constexpr int kWidth = 760;
constexpr int kHeight = 460;
constexpr size_t kLines = 3;

enum class Thing { kCup, kBook, kBox, kBottle, kDoorSign, kShirt, kBag, kPhone, kTicket };

struct ThingText {
  Thing thing;
  std::array<std::string_view, kLines> lines;  // empty: no line
};

// One or two objects, left to right; `second.lines[0]` empty: one.
struct Picture {
  Face face;
  ThingText first, second;
};

constexpr std::array<Picture, kVariants> kKoreanPictures = {{
    {Face::kNanumGothic,
     {Thing::kCup, {"좋은 아침", "오늘도 힘내요", ""}},
     {Thing::kBook, {"바람의 기록", "단편소설집", "윤서하"}}},
    {Face::kNotoSans,
     {Thing::kBox, {"취급주의", "유리 제품", "위로 향하게"}},
     {Thing::kBottle, {"현미식초", "900밀리", ""}}},
    {Face::kNanumBarunGothic,
     {Thing::kDoorSign, {"회의 중", "노크해 주세요", ""}},
     {Thing::kShirt, {"가을 운동회", "청팀", ""}}},
    {Face::kNanumMyeongjo,
     {Thing::kBag, {"전통시장", "장바구니", ""}},
     {Thing::kTicket, {"관람권", "나열 12번", "오후 7시 30분"}}},
}};

constexpr std::array<Picture, kVariants> kEnglishPictures = {{
    {Face::kDejaVuSans,
     {Thing::kCup, {"Good", "Morning", ""}},
     {Thing::kBook, {"The Quiet", "Harbour", "A. Marlow"}}},
    {Face::kDejaVuSerif,
     {Thing::kBottle, {"Olive Oil", "500 ml", ""}},
     {Thing::kBox, {"FRAGILE", "Keep upright", "This side up"}}},
    {Face::kNotoSans,
     {Thing::kShirt, {"Rowing", "Team 1987", ""}},
     {Thing::kDoorSign, {"Quiet please", "Exam in progress", ""}}},
    {Face::kDejaVuSans,
     {Thing::kPhone, {"Low battery", "12% left", "Charge soon"}},
     {Thing::kTicket, {"Admit one", "Row F Seat 21", "19:30"}}},
}};

constexpr std::array<Picture, kVariants> kMixedPictures = {{
    {Face::kNotoSans,
     {Thing::kPhone, {"새 메시지", "New message 3", "오후 2:45"}},
     {Thing::kCup, {"커피 한 잔", "Take a break", ""}}},
    {Face::kNanumGothic,
     {Thing::kBook, {"파이썬 입문", "Python Basics", "3판"}},
     {Thing::kBag, {"Eco 장보기", "Reuse me", ""}}},
    {Face::kNanumBarunGothic,
     {Thing::kBox, {"택배 Parcel", "받는 곳: 은하동", "2.5 kg"}},
     {Thing::kShirt, {"서울 Seoul", "Half 마라톤", ""}}},
    {Face::kNotoSans,
     {Thing::kDoorSign, {"화장실", "Restroom", ""}},
     {Thing::kBottle, {"탄산수", "Sparkling", "350 ml"}}},
}};

const Picture& picture_of(Language language, int variant) {
  const auto at = static_cast<size_t>(variant);
  if (language == Language::kKorean) return kKoreanPictures[at];
  return language == Language::kEnglish ? kEnglishPictures[at] : kMixedPictures[at];
}

std::string_view name_of(Thing thing) {
  switch (thing) {
    case Thing::kCup:
      return "cup";
    case Thing::kBook:
      return "book";
    case Thing::kBox:
      return "box";
    case Thing::kBottle:
      return "bottle";
    case Thing::kDoorSign:
      return "door sign";
    case Thing::kShirt:
      return "T-shirt";
    case Thing::kBag:
      return "bag";
    case Thing::kPhone:
      return "phone";
    case Thing::kTicket:
      return "ticket";
  }
  return "";
}

// Where a thing carries its text: the middle of the block, from the middle of the thing; the room
// it has; its size and ink.
struct Label {
  double dx, y;
  double room;
  double size;
  uint8_t ink;
};

using Shapes = std::vector<Shape>;

Label draw_cup(Shapes& shapes, double x) {
  shapes.push_back(ellipse(x + 95, 180, x + 185, 330, kNoColour, 60, 18));  // handle
  shapes.push_back(
      polygon({{x - 150, 110}, {x + 140, 110}, {x + 115, 390}, {x - 125, 390}}, 235, 50, 4));
  shapes.push_back(ellipse(x - 150, 85, x + 140, 135, 200, 50, 4));
  return {-5, 255, 246, 32, 25};
}

Label draw_book(Shapes& shapes, double x) {
  shapes.push_back(rectangle(x - 138, 48, x + 146, 418, 250, 70, 3));  // pages
  shapes.push_back(rectangle(x - 150, 40, x + 134, 410, 55, 20, 4, 6));
  shapes.push_back(polyline({{x - 124, 42}, {x - 124, 408}}, 110, 4));
  return {6, 190, 240, 34, 245};
}

Label draw_box(Shapes& shapes, double x) {
  shapes.push_back(
      polygon({{x - 150, 150}, {x - 105, 95}, {x + 160, 95}, {x + 135, 150}}, 175, 60, 4));
  shapes.push_back(
      polygon({{x + 135, 150}, {x + 160, 95}, {x + 160, 345}, {x + 135, 400}}, 150, 60, 4));
  shapes.push_back(rectangle(x - 150, 150, x + 135, 400, 205, 60, 4));
  return {-7, 275, 268, 30, 20};
}

Label draw_bottle(Shapes& shapes, double x) {
  shapes.push_back(rectangle(x - 38, 24, x + 38, 58, 60, 40, 3, 4));  // cap
  shapes.push_back(polygon({{x - 34, 58},
                            {x + 34, 58},
                            {x + 40, 130},
                            {x + 118, 190},
                            {x + 118, 430},
                            {x - 118, 430},
                            {x - 118, 190},
                            {x - 40, 130}},
                           140, 50, 4));
  shapes.push_back(rectangle(x - 112, 215, x + 112, 385, 248, 70, 3));  // label
  return {0, 300, 206, 34, 20};
}

Label draw_door_sign(Shapes& shapes, double x) {
  shapes.push_back(polyline({{x - 90, 160}, {x, 60}, {x + 90, 160}}, 70, 5));  // string
  shapes.push_back(ellipse(x - 9, 51, x + 9, 69, 60, 30));
  shapes.push_back(rectangle(x - 162, 160, x + 162, 350, 248, 50, 6, 18));
  return {0, 255, 296, 34, 20};
}

Label draw_shirt(Shapes& shapes, double x) {
  shapes.push_back(polygon({{x - 60, 50},
                            {x + 60, 50},
                            {x + 172, 120},
                            {x + 138, 208},
                            {x + 112, 190},
                            {x + 112, 420},
                            {x - 112, 420},
                            {x - 112, 190},
                            {x - 138, 208},
                            {x - 172, 120}},
                           225, 60, 4));
  shapes.push_back(ellipse(x - 58, 26, x + 58, 84, 205, 60, 4));  // collar
  return {0, 225, 206, 34, 20};
}

Label draw_bag(Shapes& shapes, double x) {
  shapes.push_back(ellipse(x - 75, 40, x + 75, 260, kNoColour, 90, 12));  // handles
  shapes.push_back(
      polygon({{x - 140, 150}, {x + 140, 150}, {x + 158, 415}, {x - 158, 415}}, 232, 60, 4));
  return {0, 285, 266, 36, 20};
}

Label draw_phone(Shapes& shapes, double x) {
  shapes.push_back(rectangle(x - 140, 26, x + 140, 436, 40, 15, 4, 34));
  shapes.push_back(rectangle(x - 124, 70, x + 124, 392, 245, kNoColour));
  shapes.push_back(ellipse(x - 14, 400, x + 14, 428, 90, kNoColour));
  return {0, 220, 232, 30, 20};
}

Label draw_ticket(Shapes& shapes, double x) {
  shapes.push_back(rectangle(x - 165, 130, x + 165, 350, 245, 60, 4, 10));
  Shape tear = polyline({{x + 128, 132}, {x + 128, 348}}, 110, 3);
  tear.dashed = true;
  shapes.push_back(tear);
  return {-18, 240, 270, 34, 20};
}

Label draw_thing(Shapes& shapes, Thing thing, double x) {
  switch (thing) {
    case Thing::kCup:
      return draw_cup(shapes, x);
    case Thing::kBook:
      return draw_book(shapes, x);
    case Thing::kBox:
      return draw_box(shapes, x);
    case Thing::kBottle:
      return draw_bottle(shapes, x);
    case Thing::kDoorSign:
      return draw_door_sign(shapes, x);
    case Thing::kShirt:
      return draw_shirt(shapes, x);
    case Thing::kBag:
      return draw_bag(shapes, x);
    case Thing::kPhone:
      return draw_phone(shapes, x);
    case Thing::kTicket:
      return draw_ticket(shapes, x);
  }
  return {};
}

void add_thing(Page& page, const ThingText& text, Face face, double x) {
  const Label label = draw_thing(page.scene.shapes, text.thing, x);
  const auto count = static_cast<double>(
      std::count_if(text.lines.begin(), text.lines.end(), [](auto line) { return !line.empty(); }));
  const double step = label.size * 1.45;
  double y = label.y - step * (count - 1) / 2;
  for (const std::string_view line : text.lines) {
    if (line.empty()) continue;
    page.scene.lines.push_back(
        {.cells = {{std::string(line), x + label.dx, Anchor::kCentre, label.room}},
         .y = y,
         .size = label.size,
         .face = face,
         .bold = true,
         .ink = label.ink});
    y += step;
  }
  page.objects.emplace_back(name_of(text.thing));
}

}  // namespace

Page make_object(Language language, int variant, Rng& rng) {
  const Picture& picture = picture_of(language, variant);
  Page page;
  page.scene.width = kWidth;
  page.scene.height = kHeight;
  page.scene.paper = static_cast<uint8_t>(draw_between(238, 254, 2, rng));
  add_thing(page, picture.first, picture.face, kWidth * 0.255);
  add_thing(page, picture.second, picture.face, kWidth * 0.735);
  return page;
}

}  // namespace assay::suites::quick_ocr
