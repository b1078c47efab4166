#include <fmt/format.h>

#include <array>
#include <string_view>

#include "suites/data/quick-ocr/generator/pages.h"
#include "suites/data/quick-ocr/generator/writing.h"

namespace assay::suites::quick_ocr {
namespace {

constexpr int kWidth = 600;
constexpr double kLeft = 34;
constexpr double kRight = kWidth - 34;
constexpr double kQuantityX = 396;
constexpr double kBody = 26;
constexpr size_t kItems = 7;

struct Item {
  std::string_view name;
  int price;  // won, or cents
};

struct Shop {
  std::string_view name, address, phone, thanks;
  Face face;
  std::array<Item, kItems> items;
};

struct Labels {
  std::string_view title, business_number, item, quantity, amount, net, tax, total, card, approval;
  bool in_won;
};

constexpr Labels kKoreanLabels = {"영수증",   "사업자번호", "품명",   "수량",
                                  "금액",     "공급가액",   "부가세", "합계",
                                  "카드결제", "승인번호",   true};
constexpr Labels kEnglishLabels = {"RECEIPT",   "Tax No.",  "Item",   "Qty",
                                   "Amount",    "Subtotal", "Tax 8%", "Total",
                                   "Card paid", "Approval", false};
constexpr Labels kMixedLabels = {"영수증 RECEIPT", "사업자번호",   "품명 Item",  "수량",
                                 "금액 Amount",    "공급가액 Net", "부가세 VAT", "합계 TOTAL",
                                 "카드 Card",      "승인번호",     true};

constexpr std::array<Shop, kVariants> kKoreanShops = {{
    {"달빛커피 성수점",
     "서울시 성동구 가나다로 12",
     "02-000-4107",
     "이용해 주셔서 감사합니다",
     Face::kNanumGothic,
     {{{"아메리카노", 4500},
       {"카페라떼", 5000},
       {"바닐라라떼", 5500},
       {"레몬에이드", 5800},
       {"치즈케이크", 6900},
       {"소금빵", 3800},
       {"자몽차", 5600}}}},
    {"한그루마트",
     "부산시 수영구 라마바길 8",
     "02-000-8821",
     "교환은 7일 이내에 가능합니다",
     Face::kNotoSans,
     {{{"흰우유 1리터", 2980},
       {"두부 한 모", 1850},
       {"대파 한 단", 2490},
       {"달걀 열 개", 4380},
       {"즉석밥 세 개", 5970},
       {"참기름", 8900},
       {"사과 한 봉지", 9900}}}},
    {"진미국수",
     "대전시 서구 사아자로 45",
     "02-000-3316",
     "맛있게 드셨나요? 또 오세요",
     Face::kNanumBarunGothic,
     {{{"잔치국수", 7000},
       {"비빔국수", 8000},
       {"해물파전", 15000},
       {"고기만두", 6500},
       {"공기밥", 1000},
       {"콩국수", 9500},
       {"음료수", 2000}}}},
    {"푸른약국",
     "광주시 북구 차카타길 3",
     "02-000-5590",
     "빠른 쾌유를 빕니다",
     Face::kNanumMyeongjo,
     {{{"종합감기약", 4000},
       {"소화제", 3500},
       {"파스", 5500},
       {"반창고", 2500},
       {"비타민", 18000},
       {"인공눈물", 6800},
       {"체온계", 12000}}}},
}};

constexpr std::array<Shop, kVariants> kEnglishShops = {{
    {"Harbour Lane Books",
     "18 Example Street, Northport",
     "555-0142",
     "Thank you for reading",
     Face::kDejaVuSans,
     {{{"Pocket atlas", 1295},
       {"Notebook A5", 640},
       {"Fountain pen", 2450},
       {"Greeting card", 375},
       {"Crossword book", 890},
       {"Desk calendar", 1125},
       {"Bookmark set", 450}}}},
    {"Green Fork Kitchen",
     "7 Sample Avenue, Eastfield",
     "555-0178",
     "See you again soon",
     Face::kDejaVuSerif,
     {{{"Tomato soup", 720},
       {"Club sandwich", 1180},
       {"Garden salad", 950},
       {"Apple pie", 640},
       {"Lemonade", 420},
       {"Fish and chips", 1450},
       {"Black coffee", 350}}}},
    {"Miller Hardware",
     "203 Model Road, Westbury",
     "555-0119",
     "Keep this receipt for returns",
     Face::kDejaVuMono,
     {{{"Wood screws", 585},
       {"Paint brush", 799},
       {"Masking tape", 430},
       {"Hammer", 2199},
       {"Sandpaper", 365},
       {"LED bulb", 649},
       {"Work gloves", 1240}}}},
    {"Corner Grocery",
     "44 Test Square, Lakeside",
     "555-0163",
     "Have a nice day",
     Face::kNotoSans,
     {{{"Whole milk", 349},
       {"Brown bread", 420},
       {"Cheddar", 685},
       {"Bananas", 215},
       {"Olive oil", 1190},
       {"Green tea", 540},
       {"Dark chocolate", 375}}}},
}};

constexpr std::array<Shop, kVariants> kMixedShops = {{
    {"카페 모먼트 Cafe Moment",
     "서울시 마포구 하늘로 21",
     "02-000-7712",
     "감사합니다 Thank you",
     Face::kNotoSans,
     {{{"Americano", 4300},
       {"카페모카 Mocha", 5300},
       {"Earl Grey 홍차", 4900},
       {"New York 치즈케이크", 7200},
       {"Croissant", 4100},
       {"딸기 Smoothie", 6300},
       {"Cold Brew", 5100}}}},
    {"디지털존 Digital Zone",
     "서울시 용산구 별빛길 90",
     "02-000-6405",
     "A/S 문의 02-000-6406",
     Face::kNanumGothic,
     {{{"USB-C 케이블", 12900},
       {"HDMI 어댑터", 18500},
       {"무선 Mouse", 27000},
       {"Keyboard 덮개", 9800},
       {"SSD 500GB", 69000},
       {"LED 스탠드", 32000},
       {"AA 건전지", 4500}}}},
    {"버거랩 Burger Lab",
     "인천시 연수구 바다로 5",
     "02-000-1138",
     "Have a good day",
     Face::kNanumBarunGothic,
     {{{"치즈버거 Set", 9800},
       {"Double 버거", 11500},
       {"French Fries", 3500},
       {"Cola 제로", 2500},
       {"양파링 Onion Ring", 4200},
       {"Milk Shake", 4800},
       {"치킨 Wrap", 7400}}}},
    {"스포츠온 Sports On",
     "대구시 중구 나무길 17",
     "02-000-2954",
     "교환 환불 Exchange 7 days",
     Face::kNotoSans,
     {{{"요가매트 Yoga Mat", 29000},
       {"Running 양말", 7900},
       {"아령 Dumbbell", 24000},
       {"Tennis 공", 8500},
       {"물병 Bottle", 13500},
       {"Golf 장갑", 19000},
       {"수영모 Cap", 11000}}}},
}};

const Shop& shop_of(Language language, int variant) {
  const auto at = static_cast<size_t>(variant);
  if (language == Language::kKorean) return kKoreanShops[at];
  return language == Language::kEnglish ? kEnglishShops[at] : kMixedShops[at];
}

const Labels& labels_of(Language language) {
  if (language == Language::kKorean) return kKoreanLabels;
  return language == Language::kEnglish ? kEnglishLabels : kMixedLabels;
}

void amount_row(Pen& pen, std::string_view label, const std::string& amount, double size = kBody,
                bool bold = false) {
  pen.row({{std::string(label), kLeft}, {amount, kRight, Anchor::kRight}}, size, bold);
}

// Writes the items and returns their sum.
int64_t write_items(Pen& pen, const Shop& shop, const Labels& labels, Rng& rng) {
  pen.row({{std::string(labels.item), kLeft},
           {std::string(labels.quantity), kQuantityX, Anchor::kRight},
           {std::string(labels.amount), kRight, Anchor::kRight}},
          24);
  int64_t sum = 0;
  for (const size_t i : draw_some(3 + rng.below(3), kItems, rng)) {
    const Item& item = shop.items[i];
    const int64_t quantity = draw_between(1, 3, 1, rng);
    const int64_t amount = quantity * item.price;
    sum += amount;
    pen.row({{std::string(item.name), kLeft},
             {fmt::format("{}", quantity), kQuantityX, Anchor::kRight},
             {labels.in_won ? won(amount) : cents(amount), kRight, Anchor::kRight}},
            kBody);
  }
  return sum;
}

}  // namespace

Page make_receipt(Language language, int variant, Rng& rng) {
  const Shop& shop = shop_of(language, variant);
  const Labels& labels = labels_of(language);
  Page page;
  page.scene.width = kWidth;
  Pen pen(page.scene, 20, shop.face);
  pen.centred(std::string(labels.title), 30, true);
  pen.centred(std::string(shop.name), 36, true);
  pen.centred(std::string(shop.address), 24);
  const std::string number =
      fmt::format("000-{}-{}", digits(2, rng), digits(5, rng));  // no such number is issued
  pen.row({{fmt::format("{} {}", labels.business_number, number), kLeft},
           {std::string(shop.phone), kRight, Anchor::kRight}},
          24);
  pen.rule(kLeft, kRight);
  const int64_t sum = write_items(pen, shop, labels, rng);
  pen.rule(kLeft, kRight);

  // Korean prices include 10 % tax; the English shop adds 8 % on top. Rounded to nearest.
  const int64_t net = labels.in_won ? (sum * 10 + 5) / 11 : sum;
  const int64_t tax = labels.in_won ? sum - net : (sum * 8 + 50) / 100;
  const std::string total = labels.in_won ? won(net + tax) : cents(net + tax);
  amount_row(pen, labels.net, labels.in_won ? won(net) : cents(net));
  amount_row(pen, labels.tax, labels.in_won ? won(tax) : cents(tax));
  amount_row(pen, labels.total, total, 32, true);
  pen.rule(kLeft, kRight);

  const Day day = draw_day(rng);
  const std::string clock =
      fmt::format("{:02}:{:02}", draw_between(9, 21, 1, rng), draw_between(0, 59, 1, rng));
  pen.row({{day_text(day, variant % 2 == 0 ? '-' : '.'), kLeft}, {clock, kRight, Anchor::kRight}},
          kBody);
  amount_row(pen, labels.approval, digits(8, rng));
  pen.centred(std::string(shop.thanks), 24);
  page.scene.height = static_cast<int>(pen.y()) + 20;
  page.fields = {{"company", std::string(shop.name)}, {"date", day_text(day)}, {"total", total}};
  return page;
}

}  // namespace assay::suites::quick_ocr
