#include "harness/load/words.h"

namespace assay::load {
namespace {

constexpr std::array<std::string_view, kWordCount> kWords = {
    "time",       "year",    "day",       "way",      "thing",     "man",      "world",
    "life",       "hand",    "part",      "child",    "eye",       "woman",    "place",
    "work",       "week",    "case",      "point",    "company",   "number",   "group",
    "problem",    "fact",    "water",     "room",     "mother",    "area",     "money",
    "story",      "month",   "lot",       "right",    "study",     "book",     "word",
    "business",   "issue",   "side",      "kind",     "head",      "house",    "service",
    "friend",     "father",  "power",     "hour",     "game",      "line",     "end",
    "member",     "law",     "car",       "city",     "name",      "team",     "minute",
    "idea",       "body",    "back",      "parent",   "face",      "level",    "office",
    "door",       "health",  "person",    "art",      "history",   "party",    "result",
    "change",     "morning", "reason",    "research", "girl",      "moment",   "air",
    "teacher",    "force",   "education", "foot",     "boy",       "age",      "policy",
    "music",      "food",    "plan",      "field",    "paper",     "ground",   "form",
    "event",      "land",    "rate",      "price",    "color",     "table",    "river",
    "street",     "market",  "bank",      "bridge",   "garden",    "kitchen",  "window",
    "mountain",   "island",  "forest",    "winter",   "summer",    "spring",   "sun",
    "moon",       "star",    "rain",      "snow",     "wind",      "fire",     "stone",
    "wood",       "metal",   "glass",     "gold",     "silver",    "iron",     "horse",
    "dog",        "cat",     "bird",      "fish",     "tree",      "flower",   "grass",
    "leaf",       "fruit",   "bread",     "milk",     "coffee",    "sugar",    "salt",
    "meat",       "rice",    "apple",     "orange",   "butter",    "cheese",   "dinner",
    "lunch",      "train",   "plane",     "boat",     "road",      "station",  "airport",
    "ticket",     "driver",  "engine",    "wheel",    "machine",   "computer", "phone",
    "letter",     "message", "picture",   "film",     "song",      "voice",    "sound",
    "light",      "shape",   "size",      "weight",   "speed",     "heat",     "cold",
    "weather",    "season",  "north",     "south",    "east",      "west",     "center",
    "corner",     "edge",    "top",       "bottom",   "front",     "middle",   "inside",
    "outside",    "above",   "below",     "near",     "far",       "left",     "early",
    "late",       "soon",    "often",     "never",    "always",    "again",    "good",
    "new",        "first",   "last",      "long",     "great",     "little",   "own",
    "other",      "old",     "big",       "high",     "different", "small",    "large",
    "next",       "young",   "important", "few",      "public",    "bad",      "same",
    "able",       "better",  "best",      "sure",     "clear",     "true",     "hard",
    "easy",       "full",    "free",      "open",     "short",     "low",      "strong",
    "whole",      "real",    "red",       "green",    "blue",      "brown",    "gray",
    "dark",       "bright",  "quiet",     "loud",     "soft",      "heavy",    "quick",
    "slow",       "fresh",   "dry",       "wet",      "warm",      "be",       "have",
    "do",         "say",     "get",       "make",     "go",        "know",     "take",
    "see",        "come",    "think",     "look",     "want",      "give",     "use",
    "find",       "tell",    "ask",       "seem",     "feel",      "try",      "leave",
    "call",       "keep",    "let",       "begin",    "help",      "show",     "hear",
    "play",       "run",     "move",      "like",     "live",      "believe",  "hold",
    "bring",      "happen",  "write",     "provide",  "sit",       "stand",    "lose",
    "pay",        "meet",    "include",   "continue", "set",       "learn",    "lead",
    "understand", "watch",   "follow",    "stop",     "create",    "speak",    "read",
    "allow",      "add",     "spend",     "grow",     "walk",      "win",      "offer",
    "remember",   "love",    "consider",  "appear",   "buy",       "wait",     "serve",
    "send",       "expect",  "build",     "stay",     "fall",      "cut",      "reach",
    "remain",     "suggest", "raise",     "pass",     "sell",      "require",  "report",
    "decide",     "pull",    "return",    "explain",  "hope",      "carry",    "break",
    "receive",    "agree",   "support",   "hit",      "produce",   "eat",      "cover",
    "catch",      "draw",    "choose",    "cause",    "listen",    "drive",    "visit",
    "travel",     "finish",  "answer",    "measure",  "count",     "and",      "but",
    "for",        "with",    "from",      "about",    "into",      "over",     "after",
    "under",      "between", "through",   "during",   "before",    "against",  "among",
    "the",        "this",    "that",      "these",
};

}  // namespace

const std::array<std::string_view, kWordCount>& words() { return kWords; }

}  // namespace assay::load
