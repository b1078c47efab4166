#include <fmt/format.h>

#include <array>
#include <string_view>

#include "suites/data/quick-ocr/generator/pages.h"
#include "suites/data/quick-ocr/generator/writing.h"

namespace assay::suites::quick_ocr {
namespace {

constexpr int kWidth = 780;
constexpr double kLeft = 40;
constexpr double kRight = kWidth - 40;
constexpr double kQuantityX = 430;
constexpr double kPriceX = 570;
constexpr double kTotalsX = 400;
constexpr double kBody = 26;
constexpr size_t kItems = 5;

struct Item {
  std::string_view name;
  int price;  // won, or cents
};

struct Seller {
  std::string_view company, customer, note;
  Face face;
  std::array<Item, kItems> items;
};

struct Labels {
  std::string_view title, number, date, from, to, item, quantity, price, amount, net, tax, total;
  int tax_percent;
  bool in_won;
};

constexpr Labels kKoreanLabels = {"거래명세서", "문서번호", "작성일", "공급자", "받는 분",
                                  "품목",       "수량",     "단가",   "금액",   "공급가액",
                                  "부가세",     "합계금액", 10,       true};
constexpr Labels kEnglishLabels = {"INVOICE",     "Invoice No.", "Date",  "From",   "Bill to",
                                   "Description", "Qty",         "Price", "Amount", "Subtotal",
                                   "Tax 20%",     "Total due",   20,      false};
constexpr Labels kMixedLabels = {"거래명세서 INVOICE",
                                 "No.",
                                 "작성일 Date",
                                 "공급자 From",
                                 "받는 분 To",
                                 "품목 Item",
                                 "수량",
                                 "단가",
                                 "금액",
                                 "공급가액 Net",
                                 "부가세 VAT",
                                 "합계 Total",
                                 10,
                                 true};

constexpr std::array<Seller, kVariants> kKoreanSellers = {{
    {"주식회사 새벽종이",
     "늘봄초등학교 행정실",
     "입금 계좌는 별도로 안내합니다",
     Face::kNotoSans,
     {{{"복사용지 한 상자", 28500},
       {"색연필 세트", 6400},
       {"칠판 지우개", 3200},
       {"화이트보드", 84000},
       {"서류 봉투", 1900}}}},
    {"동해물산",
     "솔바람 식당",
     "납품일로부터 30일 이내 지급",
     Face::kNanumGothic,
     {{{"건오징어", 42000},
       {"멸치 한 상자", 31500},
       {"미역 한 묶음", 8700},
       {"새우젓", 26000},
       {"다시마", 12400}}}},
    {"한빛전기 주식회사",
     "은하아파트 관리사무소",
     "하자 보증 기간은 1년입니다",
     Face::kNanumBarunGothic,
     {{{"비상등 교체", 55000},
       {"배선 점검", 120000},
       {"전구 구입", 4800},
       {"차단기", 37500},
       {"출장비", 30000}}}},
    {"나래디자인",
     "맑은샘 한의원",
     "파일은 전자우편으로 보냈습니다",
     Face::kNanumMyeongjo,
     {{{"간판 도안", 350000},
       {"명함 인쇄", 22000},
       {"안내문 제작", 64000},
       {"사진 촬영", 180000},
       {"현수막", 48000}}}},
}};

constexpr std::array<Seller, kVariants> kEnglishSellers = {{
    {"Blue Anchor Supplies Ltd",
     "Hilltop Primary School",
     "Payment within 30 days",
     Face::kDejaVuSans,
     {{{"Copy paper, box", 2450},
       {"Whiteboard pens", 895},
       {"Desk lamp", 3199},
       {"File folders", 1275},
       {"Stapler", 1050}}}},
    {"Northwind Repairs",
     "Mrs. Ellen Carver",
     "Warranty: twelve months",
     Face::kDejaVuSerif,
     {{{"Boiler service", 12500},
       {"Pressure valve", 3840},
       {"Labour, hours", 4500},
       {"Copper pipe", 1420},
       {"Travel", 2500}}}},
    {"Pixel and Ink Studio",
     "Riverside Bakery",
     "Files were sent by e-mail",
     Face::kNotoSans,
     {{{"Logo design", 48000},
       {"Menu layout", 16500},
       {"Photo session", 22000},
       {"Window sticker", 7250},
       {"Flyers, pack", 3900}}}},
    {"Oakfield Catering",
     "Lakeside Library",
     "Prices in euro",
     Face::kDejaVuSans,
     {{{"Lunch buffet", 1450},
       {"Orange juice", 390},
       {"Fruit platter", 2875},
       {"Table linen", 640},
       {"Service staff", 9500}}}},
}};

constexpr std::array<Seller, kVariants> kMixedSellers = {{
    {"코어시스템즈 Core Systems",
     "미래연구소 Mirae Lab",
     "문의 help@core.example",
     Face::kNotoSans,
     {{{"Server 점검", 450000},
       {"SSD 교체 1TB", 138000},
       {"LAN 공사", 260000},
       {"Cloud 백업", 89000},
       {"UPS 배터리", 174000}}}},
    {"블루웨이브 Blue Wave",
     "가온호텔 Hotel Gaon",
     "Payment 30일 이내",
     Face::kNanumGothic,
     {{{"Towel 세트", 18500},
       {"샴푸 Shampoo", 7600},
       {"Bed 시트", 42000},
       {"슬리퍼 Slippers", 2900},
       {"Coffee 캡슐", 15800}}}},
    {"그린팩 Green Pack",
     "해담마켓 Haedam",
     "Thank you 감사합니다",
     Face::kNanumBarunGothic,
     {{{"종이컵 Cup", 9800},
       {"Box 대형", 12600},
       {"Label 인쇄", 33000},
       {"테이프 Tape", 5400},
       {"Eco 봉투", 7900}}}},
    {"스튜디오 온 Studio On",
     "별하출판 Byeolha",
     "Files: 전자우편 발송",
     Face::kNotoSans,
     {{{"표지 Cover", 280000},
       {"PDF 편집", 145000},
       {"Web 배너", 96000},
       {"Photo 보정", 38000},
       {"Icon 제작", 52000}}}},
}};

const Seller& seller_of(Language language, int variant) {
  const auto at = static_cast<size_t>(variant);
  if (language == Language::kKorean) return kKoreanSellers[at];
  return language == Language::kEnglish ? kEnglishSellers[at] : kMixedSellers[at];
}

const Labels& labels_of(Language language) {
  if (language == Language::kKorean) return kKoreanLabels;
  return language == Language::kEnglish ? kEnglishLabels : kMixedLabels;
}

std::string money(const Labels& labels, int64_t amount) {
  return labels.in_won ? won(amount) : cents(amount);
}

// The ruled list of items; returns their sum.
int64_t write_items(Pen& pen, const Seller& seller, const Labels& labels, Rng& rng) {
  pen.rule(kLeft, kRight, false);
  pen.row({{std::string(labels.item), kLeft + 8},
           {std::string(labels.quantity), kQuantityX, Anchor::kRight},
           {std::string(labels.price), kPriceX, Anchor::kRight},
           {std::string(labels.amount), kRight - 8, Anchor::kRight}},
          kBody, true);
  pen.rule(kLeft, kRight, false);
  int64_t sum = 0;
  for (const size_t i : draw_some(3, kItems, rng)) {
    const Item& item = seller.items[i];
    const bool dear = item.price > (labels.in_won ? 50000 : 5000);  // few of those on one bill
    const int64_t quantity = draw_between(1, dear ? 3 : 12, 1, rng);
    sum += quantity * item.price;
    pen.row({{std::string(item.name), kLeft + 8},
             {fmt::format("{}", quantity), kQuantityX, Anchor::kRight},
             {money(labels, item.price), kPriceX, Anchor::kRight},
             {money(labels, quantity * item.price), kRight - 8, Anchor::kRight}},
            kBody);
  }
  pen.rule(kLeft, kRight, false);
  return sum;
}

}  // namespace

Page make_invoice(Language language, int variant, Rng& rng) {
  const Seller& seller = seller_of(language, variant);
  const Labels& labels = labels_of(language);
  Page page;
  page.scene.width = kWidth;
  Pen pen(page.scene, 24, seller.face);
  pen.centred(std::string(labels.title), 38, true);
  pen.skip(8);
  const Day day = draw_day(rng);
  pen.row({{fmt::format("{} {}-{}", labels.number, 2026, digits(4, rng)), kLeft},
           {fmt::format("{} {}", labels.date, day_text(day, variant % 2 == 0 ? '.' : '-')), kRight,
            Anchor::kRight}},
          kBody);
  pen.left(fmt::format("{}: {}", labels.from, seller.company), kLeft, kBody);
  pen.left(fmt::format("{}: {}", labels.to, seller.customer), kLeft, kBody);
  pen.skip(6);
  const int64_t sum = write_items(pen, seller, labels, rng);
  const int64_t tax = (sum * labels.tax_percent + 50) / 100;
  const std::string total = money(labels, sum + tax);
  const auto total_row = [&](std::string_view label, const std::string& amount, bool bold) {
    pen.row({{std::string(label), kTotalsX}, {amount, kRight - 8, Anchor::kRight}},
            bold ? 30 : kBody, bold);
  };
  total_row(labels.net, money(labels, sum), false);
  total_row(labels.tax, money(labels, tax), false);
  total_row(labels.total, total, true);
  pen.skip(8);
  pen.left(std::string(seller.note), kLeft, 24);
  page.scene.height = static_cast<int>(pen.y()) + 22;
  page.fields = {
      {"company", std::string(seller.company)}, {"date", day_text(day)}, {"total", total}};
  return page;
}

}  // namespace assay::suites::quick_ocr
