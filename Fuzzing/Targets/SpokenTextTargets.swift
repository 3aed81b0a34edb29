import SpokenText

let spokenTextTargets = [
    FuzzTarget("normaliser", upTo: 512, normalise),
    FuzzTarget("spoken-values", upTo: 512, readValues),
    FuzzTarget("clauses", upTo: 1_024, splitClauses),
    FuzzTarget("domain-words", upTo: 256, repairWords),
]

/// Only what every voice can say is left: letters, marks on them, spaces and six signs.
private func normalise(_ input: Span<UInt8>) {
    let text = input.text
    let spoken = SpeechNormaliser().speakable(text)
    for scalar in spoken.unicodeScalars {
        let category = scalar.properties.generalCategory
        let isSayable =
            scalar.properties.isAlphabetic || " ',.?!;:-".unicodeScalars.contains(scalar) || category == .nonspacingMark || category == .spacingMark
        expect(isSayable, "\(text.debugDescription) leaves U+\(String(scalar.value, radix: 16))")
    }
    expect(!spoken.contains("  ") && spoken.first != " " && spoken.last != " ", "\(text.debugDescription) -> \(spoken.debugDescription)")
    expect(spoken.utf8.count <= 64 + text.utf8.count * 64, "\(text.utf8.count) bytes became \(spoken.utf8.count)")
}

/// Values lie in the text, in order, and do not overlap.
private func readValues(_ input: Span<UInt8>) {
    let text = input.text
    let today = CalendarDay(daysSince1970: 20_527)
    func check<Value>(_ values: [SpokenValue<Value>]) {
        for value in values { expect(value.text == text[value.range] && !value.text.isEmpty, "\(value) in \(text.debugDescription)") }
        expect(zip(values, values.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound }, "overlapping: \(values)")
    }
    check(SpokenValues.cardinals(in: text))
    check(SpokenValues.numbers(in: text))
    check(SpokenValues.ordinals(in: text))
    check(SpokenValues.digitStrings(in: text))
    check(SpokenValues.phoneNumbers(in: text))
    check(SpokenValues.money(in: text))
    check(SpokenValues.dataVolumes(in: text))
    check(SpokenValues.dates(in: text, relativeTo: today))
    check(SpokenValues.months(in: text, relativeTo: today))
    _ = SpokenValues.confirmation(in: text)
}

/// Nothing but white space is lost, and no clause is longer than its bound.
private func splitClauses(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    let splitter = ClauseSplitter(firstPause: 20, longest: Int(input[0]))
    let text = input.extracting(droppingFirst: 1).text
    let clauses = splitter.clauses(of: text)
    // Where a character ends may change when what stood before it goes: scalars are compared, without marks and joiners.
    func letters(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter { scalar in
            let category = scalar.properties.generalCategory
            return !scalar.properties.isWhitespace && ![.nonspacingMark, .spacingMark, .enclosingMark, .format].contains(category)
        }
    }
    expect(clauses.flatMap(letters) == letters(text), "\(clauses)")
    for clause in clauses {
        expect(
            !clause.isEmpty && clause.count <= splitter.longest,
            "a clause of \(clause.count) characters, at most \(splitter.longest): \(clause.debugDescription)")
    }
}

private let telecomWords = DomainWords([
    .init("caller ID", heard: ["color id"]), .init("gigabyte", heard: ["giga bite"]), .init("Family Share"), .init("roaming"), .init("Unlimited Plus"),
])

/// Each replacement is of words that were there.
private func repairWords(_ input: Span<UInt8>) {
    let text = input.text
    let repaired = telecomWords.repair(text)
    if repaired.replacements.isEmpty { expect(repaired.text == text, "\(text.debugDescription) became \(repaired.text.debugDescription)") }
    for replacement in repaired.replacements { expect((0...1).contains(replacement.score), "\(replacement)") }
}
