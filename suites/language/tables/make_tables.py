#!/usr/bin/env python3
"""Makes the two tables beside this file from the figures that Debian packages ship.

  make_tables.py LANGDETECT_FOLDER PUNKT_ENGLISH_JSON

LANGDETECT_FOLDER: the Python package of python3-langdetect 1.0.9 (profiles/ and utils/messages.properties in it).
PUNKT_ENGLISH_JSON: data/english.json of golang-gopkg-neurosnap-sentences.v1-dev, NLTK's Punkt model of English as JSON.

langdetect_profiles.bin: n-gram counts of 55 languages. N-grams that the detector can never ask for (with a character
that its normalisation changes) are left out; nothing else is lost. Numbers are LEB128 varints, texts UTF-8:

  "ALP1"  languages: n, then n times (length, name, words of 1, 2 and 3 characters)
          kanji: n, then n times (character, the one that stands for it)
          n-grams: n, then five columns, each with its length in bytes: heads (shared with the one before * 4 + length,
          in characters), rest of the n-gram, languages of each n-gram, steps to the next language number, counts

punkt_english.txt: four sections of lines; contexts are grouped by their flags.
"""
import json
import os
import sys


def varint(number):
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value):
    data = value.encode()
    return varint(len(data)) + data


def kanji_map(folder):
    """The last class that names a character wins, as in the reference."""
    found = {}
    with open(os.path.join(folder, "utils", "messages.properties")) as lines:
        for line in lines:
            key, _, value = line.strip().partition("=")
            if not key.startswith("NGram.KANJI_"):
                continue
            value = value.encode().decode("unicode_escape")
            for character in value:
                found[character] = value[0]
    return {character: to for character, to in found.items() if character != to}


def changed(character, kanji):
    """The detector's normalisation makes another character of this one."""
    point = ord(character)
    if point <= 0x7F:
        return not (character.isalpha() or character == " ")
    if 0x80 <= point <= 0xFF:
        return character in "\u00a0\u00ab\u00b0\u00bb"
    if 0x2000 <= point <= 0x206F:
        return True
    if 0x1EA0 <= point <= 0x1EFF:
        return point != 0x1EC3
    for first, last, kept in ((0x3040, 0x309F, 0x3042), (0x30A0, 0x30FF, 0x30A2), (0x3100, 0x312F, 0x3105),
                              (0x31A0, 0x31BF, 0x3105), (0xAC00, 0xD7AF, 0xAC00)):
        if first <= point <= last:
            return point != kept
    return character in "\u0219\u021b\u06cc" or character in kanji


def profiles(folder):
    names = sorted(name for name in os.listdir(os.path.join(folder, "profiles")) if not name.startswith("."))
    kanji = kanji_map(folder)
    out = bytearray(b"ALP1") + varint(len(names))
    grams = {}
    for number, name in enumerate(names):
        with open(os.path.join(folder, "profiles", name), encoding="utf-8") as file:
            profile = json.load(file)
        out += text(profile["name"]) + b"".join(varint(n) for n in profile["n_words"])
        for gram, count in profile["freq"].items():
            if 1 <= len(gram) <= 3 and not any(changed(character, kanji) for character in gram):
                grams.setdefault(gram, []).append((number, count))
    out += varint(len(kanji))
    for character in sorted(kanji):
        out += character.encode() + kanji[character].encode()
    columns = [bytearray() for _ in range(5)]
    before = ""
    for gram in sorted(grams):
        shared = len(os.path.commonprefix([before, gram]))
        columns[0].append(shared * 4 + len(gram))
        columns[1] += gram[shared:].encode()
        columns[2].append(len(grams[gram]))
        last = -1
        for number, count in grams[gram]:
            columns[3].append(number - last)
            columns[4] += varint(count)
            last = number
        before = gram
    out += varint(len(grams))
    for column in columns:
        out += varint(len(column)) + column
    return bytes(out)


def punkt(path):
    with open(path, encoding="utf-8") as file:
        model = json.load(file)
    lines = ["[abbreviations]", *sorted(model["AbbrevTypes"]), "[sentence starters]", *sorted(model["SentStarters"]),
             "[collocations]", *(pair.replace(",", "\t") for pair in sorted(model["Collocations"])), "[contexts]"]
    by_flags = {}
    for word, flags in model["OrthoContext"].items():
        by_flags.setdefault(flags, []).append(word)
    for flags in sorted(by_flags):
        lines.append(f"={flags}")
        lines += sorted(by_flags[flags])
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "langdetect_profiles.bin"), "wb") as file:
        file.write(profiles(sys.argv[1]))
    with open(os.path.join(here, "punkt_english.txt"), "w", encoding="utf-8") as file:
        file.write(punkt(sys.argv[2]))


main()
