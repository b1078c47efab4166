#include <array>
#include <string_view>

#include "suites/data/quick-ocr/generator/pages.h"
#include "suites/data/quick-ocr/generator/writing.h"

namespace assay::suites::quick_ocr {
namespace {

constexpr int kWidth = 760;
constexpr double kLeft = 36;
constexpr double kRight = kWidth - 36;
constexpr double kBody = 26;
constexpr double kRowHeight = 46;
constexpr size_t kColumns = 4;
constexpr size_t kRows = 6;

using Row = std::array<std::string_view, kColumns>;

struct Table {
  std::string_view title;
  Face face;
  Row header;
  std::array<Row, kRows> rows;  // four or five of them are shown
};

constexpr std::array<Table, kVariants> kKoreanTables = {{
    {"시내버스 운행 시간표",
     Face::kNotoSans,
     {"노선", "첫차", "막차", "배차 간격"},
     {{{"가나 1번", "05:20", "23:10", "12분"},
       {"다라 2번", "05:45", "22:50", "15분"},
       {"마바 7번", "06:00", "22:30", "20분"},
       {"사아 9번", "05:30", "23:40", "8분"},
       {"순환 11번", "06:10", "21:50", "25분"},
       {"급행 15번", "06:30", "21:00", "30분"}}}},
    {"동아리 회원 명단",
     Face::kNanumGothic,
     {"이름", "학년", "부서", "참여 횟수"},
     {{{"김하늘", "2학년", "사진부", "14"},
       {"이도윤", "1학년", "합창부", "9"},
       {"박서아", "3학년", "연극부", "21"},
       {"최은호", "2학년", "방송부", "17"},
       {"정가람", "1학년", "미술부", "11"},
       {"한유진", "3학년", "독서부", "26"}}}},
    {"주간 기온과 강수량",
     Face::kNanumBarunGothic,
     {"요일", "최저", "최고", "강수량"},
     {{{"월요일", "8도", "19도", "없음"},
       {"화요일", "10도", "21도", "2.5"},
       {"수요일", "11도", "18도", "14.0"},
       {"목요일", "9도", "17도", "6.5"},
       {"금요일", "7도", "20도", "없음"},
       {"토요일", "10도", "23도", "0.5"}}}},
    {"농산물 도매 가격",
     Face::kNanumMyeongjo,
     {"품목", "단위", "어제", "오늘"},
     {{{"배추", "10킬로", "8,400", "8,900"},
       {"감자", "20킬로", "31,000", "29,500"},
       {"양파", "15킬로", "17,200", "17,800"},
       {"사과", "10킬로", "46,000", "47,500"},
       {"오이", "50개", "38,500", "36,000"},
       {"고구마", "10킬로", "27,300", "27,300"}}}},
}};

constexpr std::array<Table, kVariants> kEnglishTables = {{
    {"Train Departures",
     Face::kDejaVuSans,
     {"Destination", "Time", "Platform", "Status"},
     {{{"Northport", "08:15", "4", "On time"},
       {"Eastfield", "08:32", "2", "Delayed"},
       {"Lakeside", "08:47", "7", "On time"},
       {"Westbury", "09:05", "1", "Boarding"},
       {"Hilltop", "09:18", "3", "On time"},
       {"Riverside", "09:40", "6", "Cancelled"}}}},
    {"Nutrition Facts",
     Face::kNotoSans,
     {"Nutrient", "Per 100 g", "Per bar", "Daily"},
     {{{"Energy", "1840 kJ", "736 kJ", "9%"},
       {"Fat", "18.2 g", "7.3 g", "10%"},
       {"Sugars", "24.6 g", "9.8 g", "11%"},
       {"Fibre", "6.1 g", "2.4 g", "8%"},
       {"Protein", "9.4 g", "3.8 g", "8%"},
       {"Salt", "0.45 g", "0.18 g", "3%"}}}},
    {"League Standings",
     Face::kDejaVuSerif,
     {"Team", "Played", "Won", "Points"},
     {{{"Harbour FC", "18", "12", "38"},
       {"Mill Rovers", "18", "11", "36"},
       {"Castle Town", "17", "10", "33"},
       {"Green Valley", "18", "8", "27"},
       {"Old Abbey", "17", "6", "22"},
       {"Stonebridge", "18", "3", "12"}}}},
    {"Spare Parts Stock",
     Face::kDejaVuMono,
     {"Part", "Bin", "Count", "Minimum"},
     {{{"Bearing", "A-14", "230", "100"},
       {"Gasket", "B-02", "75", "120"},
       {"Washer", "C-31", "1,480", "500"},
       {"Belt", "A-07", "42", "40"},
       {"Filter", "D-19", "116", "60"},
       {"Spring", "C-08", "905", "300"}}}},
}};

constexpr std::array<Table, kVariants> kMixedTables = {{
    {"시험 결과 Test Report",
     Face::kNotoSans,
     {"항목 Item", "기준 Limit", "측정값", "판정"},
     {{{"전압 Voltage", "220 V", "221.4", "PASS"},
       {"전류 Current", "5.0 A", "4.7", "PASS"},
       {"온도 Temp", "60 C", "63.2", "FAIL"},
       {"소음 Noise", "45 dB", "41.8", "PASS"},
       {"무게 Weight", "2.0 kg", "1.9", "PASS"},
       {"속도 Speed", "90 rpm", "88", "PASS"}}}},
    {"강의 시간표 Timetable",
     Face::kNanumGothic,
     {"과목", "Day", "시간", "Room"},
     {{{"영어회화", "Mon", "09:00", "A301"},
       {"자료구조", "Tue", "10:30", "B204"},
       {"경제학", "Wed", "13:00", "C115"},
       {"통계학", "Thu", "14:30", "B108"},
       {"미술사", "Fri", "11:00", "D402"},
       {"물리학", "Mon", "15:30", "A210"}}}},
    {"재고 현황 Stock",
     Face::kNanumBarunGothic,
     {"상품", "Code", "수량", "위치"},
     {{{"머그컵", "MUG-01", "48", "1층 A"},
       {"텀블러", "TMB-07", "112", "1층 B"},
       {"에코백", "BAG-12", "65", "2층 A"},
       {"노트", "NTE-05", "230", "2층 C"},
       {"우산", "UMB-03", "19", "지하 A"},
       {"담요", "BLK-09", "34", "지하 B"}}}},
    {"객실 요금 Room Rates",
     Face::kNotoSans,
     {"객실 Room", "주중", "주말", "인원"},
     {{{"Standard", "78,000", "95,000", "2명"},
       {"Deluxe", "110,000", "135,000", "2명"},
       {"Twin", "98,000", "120,000", "3명"},
       {"Family", "145,000", "180,000", "4명"},
       {"온돌 Ondol", "88,000", "105,000", "4명"},
       {"Suite", "210,000", "260,000", "2명"}}}},
}};

const Table& table_of(Language language, int variant) {
  const auto at = static_cast<size_t>(variant);
  if (language == Language::kKorean) return kKoreanTables[at];
  return language == Language::kEnglish ? kEnglishTables[at] : kMixedTables[at];
}

constexpr std::array<double, kColumns + 1> kEdges = {kLeft, kLeft + 240, kLeft + 390, kLeft + 530,
                                                     kRight};

void write_row(Scene& scene, const Row& row, double y, Face face, bool header) {
  Line line{.cells = {}, .y = y, .size = kBody, .face = face, .bold = header, .ink = 20};
  for (size_t i = 0; i < kColumns; ++i) {
    if (i == 0) {
      line.cells.push_back({std::string(row[i]), kEdges[0] + 14, Anchor::kLeft});
    } else {
      line.cells.push_back({std::string(row[i]), (kEdges[i] + kEdges[i + 1]) / 2, Anchor::kCentre});
    }
  }
  scene.lines.push_back(std::move(line));
}

// Odd variants are fully ruled, even ones have rules under the header and at both ends only.
void draw_grid(Scene& scene, double top, size_t rows, bool full) {
  const double bottom = top + kRowHeight * static_cast<double>(rows);
  scene.shapes.push_back(rectangle(kLeft, top, kRight, top + kRowHeight, 228, kNoColour));
  for (size_t i = 0; i <= rows; ++i) {
    if (!full && i > 1 && i < rows) continue;
    const double y = top + kRowHeight * static_cast<double>(i);
    scene.shapes.push_back(polyline({{kLeft, y}, {kRight, y}}, 60));
  }
  if (!full) return;
  for (const double x : kEdges) scene.shapes.push_back(polyline({{x, top}, {x, bottom}}, 60));
}

}  // namespace

Page make_table(Language language, int variant, Rng& rng) {
  const Table& table = table_of(language, variant);
  Page page;
  page.scene.width = kWidth;
  Pen pen(page.scene, 20, table.face);
  pen.centred(std::string(table.title), 34, true);
  const double top = pen.y() + 12;
  double y = top + kRowHeight / 2;
  write_row(page.scene, table.header, y, table.face, true);
  const std::vector<size_t> shown = draw_some(4 + rng.below(2), kRows, rng);
  for (const size_t i : shown) {
    y += kRowHeight;
    write_row(page.scene, table.rows[i], y, table.face, false);
  }
  draw_grid(page.scene, top, shown.size() + 1, variant % 2 == 1);
  page.scene.height = static_cast<int>(y + kRowHeight / 2) + 30;
  return page;
}

}  // namespace assay::suites::quick_ocr
