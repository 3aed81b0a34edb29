/// Rules for whatever holds digits. Order matters: the most particular shape first.
extension NormaliserPass {
    /// A number as it stands in a text.
    struct Numeral {
        /// Digits before the point, without separators.
        var digits: String
        /// Digits after the point, if one is there.
        var fraction: String?
        var isGrouped = false
        var end: Int

        /// `nil` where it does not fit an `Int`.
        var value: Int? { digits.count <= 18 ? Int(digits) : nil }
        var isOne: Bool { digits == "1" && fraction == nil }

        var words: String {
            let whole = value.map(NumberWords.cardinal) ?? NumberWords.groupedDigits(digits)
            return fraction.map { whole + " point " + NumberWords.digits($0) } ?? whole
        }
    }

    mutating func number() -> Match? {
        guard let first = at(index) else { return nil }
        if let match = phone() { return match }
        if SpeechTables.symbols[first] != nil { return money(at: index, minus: false) }
        if first == "-", let next = peek(1), next.isDigit || SpeechTables.symbols[next] != nil, isLoose(index - 1) {
            return next.isDigit ? quantity(at: index + 1, minus: true) : money(at: index + 1, minus: true)
        }
        if first == "~", let next = peek(1), next.isDigit || SpeechTables.symbols[next] != nil { return Match("about", index + 1) }
        if first == "#", let next = peek(1), next.isDigit { return Match(previousWord == "number" ? "" : "number", index + 1) }
        if first == ".", let next = peek(1), next.isDigit, isLoose(index - 1), let numeral = numeral(from: index + 1, allowFraction: false) {
            return measured(Numeral(digits: "0", fraction: numeral.digits, end: numeral.end), minus: false)
        }
        guard first.isDigit else { return first.isLetter ? currencyCode() ?? monthDay() : nil }
        return isoDate() ?? slashed() ?? clock() ?? dayMonth() ?? quantity(at: index, minus: false)
    }

    private func isLoose(_ place: Int) -> Bool { at(place).map { $0.isSpace || $0 == "(" || $0 == "," || $0 == ":" } ?? true }

    // MARK: Numerals

    /// Reads `1234`, `1,234.50`, `1,00,000`; a comma or point belongs to the number only between digits.
    func numeral(from start: Int, allowFraction: Bool = true) -> Numeral? {
        var place = start
        var digits = ""
        var isGrouped = false
        while let scalar = at(place), place - start < 4 * Self.reach {
            if scalar.isDigit {
                digits.unicodeScalars.append(scalar)
                place += 1
            } else if scalar == ",", !digits.isEmpty, digits.count <= 3 || isGrouped, isGroup(place + 1) {
                isGrouped = true
                place += 1
            } else {
                break
            }
        }
        guard !digits.isEmpty else { return nil }
        var numeral = Numeral(digits: digits, isGrouped: isGrouped, end: place)
        if allowFraction, at(place) == ".", let next = at(place + 1), next.isDigit {
            var fraction = ""
            place += 1
            while let scalar = at(place), scalar.isDigit, fraction.count < Self.reach {
                fraction.unicodeScalars.append(scalar)
                place += 1
            }
            (numeral.fraction, numeral.end) = (fraction, place)
        }
        return numeral
    }

    /// Three digits, or two with a further group behind them (Indian grouping).
    private func isGroup(_ place: Int) -> Bool {
        var count = 0
        while count < 4, at(place + count)?.isDigit == true { count += 1 }
        return count == 3 || (count == 2 && at(place + 2) == "," && at(place + 3)?.isDigit == true)
    }

    func smallNumber(_ place: Int, maxDigits: Int) -> (value: Int, digits: Int, end: Int)? {
        var value = 0
        var end = place
        while let scalar = at(end), scalar.isDigit {
            guard end - place < maxDigits else { return nil }
            value = value * 10 + Int(scalar.value - 48)
            end += 1
        }
        return end > place ? (value, end - place, end) : nil
    }

    // MARK: Quantities

    private func quantity(at start: Int, minus: Bool) -> Match? {
        guard let numeral = numeral(from: start) else { return nil }
        if !minus {
            if at(numeral.end) == ".", numeral.fraction != nil, let match = dotted(numeral) { return match }
            if let match = range(numeral) ?? ordinal(numeral) ?? decade(numeral) { return match }
        }
        return measured(numeral, minus: minus)
    }

    /// A number with what belongs to it: percent, unit, currency, magnitude; else an identifier, a year or a plain cardinal.
    func measured(_ numeral: Numeral, minus: Bool) -> Match {
        let sign = minus ? "minus " : ""
        let after = skipSpaces(numeral.end)
        if at(after) == "%" { return Match(sign + numeral.words + " percent", after + 1) }
        if let scalar = at(after), let currency = SpeechTables.symbols[scalar], !(at(after + 1)?.isDigit ?? false) {
            return Match(sign + amount(numeral, currency), after + 1)
        }
        var unit = at(after) == "°" ? "°" : ""
        unit += letters(after + unit.unicodeScalars.count)
        let unitEnd = after + unit.unicodeScalars.count
        if !unit.isEmpty, isBoundary(unitEnd) {
            if let names = SpeechTables.units[unit], after == numeral.end || unit.count > 1 {
                let plain = unit == "W" || unit == "V" || unit == "B" || unit == "h" || unit == "x" || unit == "s" ? after == numeral.end : true
                if plain {
                    return Match(sign + numeral.words + " " + (numeral.isOne ? names.one : names.many) + per(&unit, unitEnd), unitEnd + perLength(unitEnd))
                }
            }
            if let currency = SpeechTables.currencyCodes[unit] { return Match(sign + amount(numeral, currency), unitEnd) }
            if after == numeral.end || unit.count > 2, let magnitude = SpeechTables.magnitudes[unit], unit.count > 1 || numeral.digits.count < 4 {
                return Match(sign + numeral.words + " " + magnitude, unitEnd)
            }
        }
        if unit == "°" { return Match(sign + numeral.words + " degrees", after + 1) }
        if at(numeral.end)?.isLetter == true, !minus { return code(from: index) }
        if numeral.fraction == nil, !numeral.isGrouped, !minus, let match = unformatted(numeral) { return match }
        return Match(sign + numeral.words, numeral.end)
    }

    /// "/month" after an amount or a unit.
    private func per(_ unit: inout String, _ place: Int) -> String { perLength(place) > 0 ? " per" : "" }
    func perLength(_ place: Int) -> Int { at(place) == "/" && at(place + 1)?.isLetter == true ? 1 : 0 }

    /// Digits without separators: identifiers digit by digit, years in pairs.
    private func unformatted(_ numeral: Numeral) -> Match? {
        let digits = numeral.digits
        if digits.count == 1, let match = spacedDigits(numeral) { return match }
        let counts = SpeechTables.counted.contains(nextWord(numeral.end)) || SpeechTables.units[letters(skipSpaces(numeral.end))] != nil
        let isIdentifier =
            (isIdentifierNext && digits.count >= 3 && !counts) || digits.count > 7 || (digits.hasPrefix("0") && digits.count > 1)
            || (digits.count == 7 && !counts && !digits.hasSuffix("000"))
        if isIdentifier { return identifier(numeral) }
        if digits.count == 4, let value = numeral.value, 1_900...2_099 ~= value, !counts,
            SpeechTables.yearCues.contains(previousWord) || SpeechTables.months.contains(where: { $0.lowercased() == previousWord })
        {
            return Match(NumberWords.year(value), numeral.end)
        }
        return nil
    }

    /// "5 5 5 0 1 0 1": digits set apart to be read one by one.
    private func spacedDigits(_ first: Numeral) -> Match? {
        var digits = first.digits
        var end = first.end
        while at(end) == " ", let next = at(end + 1), next.isDigit, isBoundary(end + 2), digits.count < Self.reach,
            at(end + 2) != "." || !(at(end + 3)?.isDigit ?? false)
        {
            digits.unicodeScalars.append(next)
            end += 2
        }
        return digits.count >= 3 ? Match(NumberWords.groupedDigits(digits), end) : nil
    }

    /// Groups as written where spaces or hyphens part them ("4111 1111 1111 1111"), else as people say them.
    private func identifier(_ first: Numeral) -> Match {
        var groups = [first.digits]
        var end = first.end
        while let separator = at(end), separator == " " || separator == "-", let next = numeral(from: end + 1, allowFraction: false),
            !next.isGrouped, next.digits.count >= 3, isBoundary(next.end), groups.count < 8
        {
            groups.append(next.digits)
            end = next.end
        }
        let words = groups.count > 1 ? groups.map(NumberWords.digits).joined(separator: ", ") : NumberWords.groupedDigits(first.digits)
        return Match(words, end)
    }

    /// Version numbers and addresses: "10.0.0.1", "2.4.1".
    private func dotted(_ numeral: Numeral) -> Match? {
        var parts = [numeral.digits, numeral.fraction ?? ""]
        var end = numeral.end
        while at(end) == ".", let next = self.numeral(from: end + 1, allowFraction: false), !next.isGrouped, parts.count < 8 {
            parts.append(next.digits)
            end = next.end
        }
        guard parts.count > 2, isBoundary(end) else { return nil }
        return Match(parts.map { $0.count <= 3 ? Int($0).map(NumberWords.cardinal) ?? "" : NumberWords.digits($0) }.joined(separator: " point "), end)
    }

    /// "5-10", "9–12 GB".
    private func range(_ numeral: Numeral) -> Match? {
        guard at(numeral.end) == "-", numeral.digits.count <= 4, let next = self.numeral(from: numeral.end + 1), next.digits.count <= 4,
            at(next.end) != "-", !isIdentifierNext
        else { return nil }
        let isYears = numeral.fraction == nil && next.fraction == nil && numeral.digits.count == 4 && next.digits.count == 4
        if isYears, let from = numeral.value, let to = next.value, 1_900...2_099 ~= from, 1_900...2_099 ~= to {
            return Match(NumberWords.year(from) + " to " + NumberWords.year(to), next.end)
        }
        guard !(at(next.end)?.isLetter == true && SpeechTables.units[letters(next.end)] == nil) else { return nil }
        let second = measured(next, minus: false)
        return Match(numeral.words + " to " + second.words, second.end)
    }

    private func ordinal(_ numeral: Numeral) -> Match? {
        guard numeral.fraction == nil, let value = numeral.value else { return nil }
        let suffix = letters(numeral.end)
        guard ["st", "nd", "rd", "th", "ST", "ND", "RD", "TH"].contains(suffix) else { return nil }
        return Match(NumberWords.ordinal(value), numeral.end + 2)
    }

    /// "1990s", "60s" after "the": people and years, not seconds.
    private func decade(_ numeral: Numeral) -> Match? {
        let end = at(numeral.end) == "'" ? numeral.end + 1 : numeral.end
        guard letters(end) == "s", numeral.fraction == nil, !numeral.isGrouped, let value = numeral.value, value % 10 == 0,
            1_100...2_990 ~= value || (previousWord == "the" && 20...90 ~= value)
        else { return nil }
        var words = NumberWords.year(value)
        if words.hasSuffix("y") { words = words.dropLast() + "ies" } else { words += "s" }
        return Match(words, end + 1)
    }
}
