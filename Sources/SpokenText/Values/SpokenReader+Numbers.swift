/// Cardinals, ordinals, decimals and strings of digits.
extension SpokenReader {
    static let units: [String: Int] = {
        var units: [String: Int] = [:]
        for (value, word) in NumberWords.small.enumerated() { units[word] = value }
        return units
    }()
    static let tens: [String: Int] = {
        var tens: [String: Int] = ["fourty": 40]
        for (index, word) in NumberWords.tens.enumerated() where index >= 2 { tens[word] = index * 10 }
        return tens
    }()
    static let scales = [
        "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 1_000_000_000_000, "lakh": 100_000,
        "lakhs": 100_000, "crore": 10_000_000, "crores": 10_000_000, "grand": 1_000,
    ]
    static let digitWords = [
        "zero": "0", "oh": "0", "o": "0", "nought": "0", "nil": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
        "six": "6", "seven": "7", "eight": "8", "nine": "9",
    ]
    static let repeats = ["double": 2, "triple": 3, "treble": 3, "quadruple": 4]

    // MARK: Cardinals

    /// "twelve hundred and fifty", "twenty-six", "a hundred", "1,200", "3 thousand", "two thousand twenty six".
    func cardinal(_ start: Int) -> (Int, Int)? {
        var total = 0, group = 0
        var place = start
        var previousScale = Int.max
        var hasDigits = false
        /// What the group can still take: 3 nothing said, 2 after hundreds, 1 after tens, 0 full.
        var room = 3
        loop: while true {
            let next = skipHyphen(place)
            if let numeral = numeral(next), numeral.fraction == nil, numeral.digits.count <= 15, let value = Int(numeral.digits), room == 3 {
                if next != start, isAttached(next), sign(next - 1) != "-" { break }
                (group, room, place, hasDigits) = (value, 0, next + 1, true)
                continue
            }
            guard let word = word(next) else { break }
            if let value = Self.units[word] {
                if room == 3 {
                    (group, room) = (value, value == 0 ? 0 : value < 10 ? 4 : 5)
                } else if room == 2 || (room == 1 && 1...9 ~= value) {
                    (group, room) = (group + value, 0)
                } else {
                    break loop
                }
            } else if let value = Self.tens[word] {
                if room == 3 { (group, room) = (value, 1) } else if room == 2 { (group, room) = (group + value, 1) } else { break loop }
            } else if word == "hundred" || word == "hundreds" {
                guard place > start || isArticle(start - 1), room != 2, group < 100, !hasDigits || group < 100 else { break }
                (group, room, hasDigits) = (max(group, 1) * 100, 2, false)
            } else if let scale = Self.scales[word] {
                guard place > start, room != 3, scale < previousScale else { break }
                let (product, overflow) = group.multipliedReportingOverflow(by: scale)
                let (sum, carry) = total.addingReportingOverflow(product)
                guard !overflow, !carry else { return nil }
                (total, group, room, previousScale, hasDigits) = (sum, 0, 3, scale, false)
            } else if word == "a" || word == "an", place == start, let unit = self.word(next + 1), unit == "hundred" || Self.scales[unit] != nil,
                unit != "grand"
            {
                (group, room) = (1, 4)
            } else if word == "and", place > start, room == 2 || (room == 3 && total > 0), let after = self.word(next + 1),
                Self.units[after] != nil || Self.tens[after] != nil, Self.units[after] != 0
            {
                place = next + 1
                continue
            } else {
                break
            }
            place = next + 1
        }
        guard place > start else { return nil }
        // "and" at the end was not part of it.
        if word(place - 1) == "and" { place -= 1 }
        return (total + group, place)
    }

    private func isArticle(_ place: Int) -> Bool { word(place) == "a" }

    /// "fifteenth", "twenty first", "3rd", "15 th".
    func ordinal(_ start: Int) -> (Int, Int)? {
        if let numeral = numeral(start), numeral.fraction == nil, let value = Int(numeral.digits), value < 1_000, let suffix = word(start + 1),
            ["st", "nd", "rd", "th"].contains(suffix)
        {
            return (value, start + 2)
        }
        guard let first = word(start) else { return nil }
        if let value = Self.ordinals[first] { return (value, start + 1) }
        if let tens = Self.tens[first], tens < 100 {
            let next = skipHyphen(start + 1)
            if let second = word(next), let unit = Self.ordinals[second], unit < 10 { return (tens + unit, next + 1) }
        }
        return nil
    }

    static let ordinals: [String: Int] = {
        var ordinals: [String: Int] = [:]
        for value in Array(1...20) + [30, 40, 50, 60, 70, 80, 90] { ordinals[NumberWords.ordinal(value)] = value }
        return ordinals
    }()

    // MARK: Decimals

    /// "four point two", "4.2", "one and a half", "half a", "a hundred", "two and a quarter", "minus five".
    func decimal(_ start: Int) -> (SpokenDecimal, Int)? {
        if let first = word(start), first == "minus" || first == "negative", let (value, end) = decimal(start + 1), value.coefficient > 0 {
            return (SpokenDecimal(-value.coefficient, scale: value.scale), end)
        }
        if let numeral = numeral(start), let fraction = numeral.fraction {
            guard numeral.digits.count + fraction.count <= 17, let value = Int(numeral.digits + fraction), fraction.count <= 9 else { return nil }
            var decimal = SpokenDecimal(value, scale: fraction.count)
            var end = start + 1
            if let scaleWord = word(end), let scale = Self.scales[scaleWord], let product = decimal.times(scale) { (decimal, end) = (product, end + 1) }
            return (decimal, end)
        }
        if word(start) == "point" || word(start) == "dot", let (digits, end) = fractionDigits(start + 1) { return scaled(join(0, digits, end)) }
        if word(start) == "half", word(start + 1) == "a" || word(start + 1) == "an" { return (SpokenDecimal(5, scale: 1), start + 2) }
        guard let (whole, end) = cardinal(start) else { return nil }
        if let pointed = word(end), pointed == "point" || pointed == "dot", let (digits, last) = fractionDigits(end + 1) {
            return scaled(join(whole, digits, last))
        }
        if let (part, last) = partAfterAnd(end), whole < 1_000_000_000 { return (SpokenDecimal(whole * 100 + part, scale: 2), last) }
        return (SpokenDecimal(whole), end)
    }

    /// "and a half", "and a quarter", "and three quarters" in hundredths.
    func partAfterAnd(_ place: Int) -> (Int, Int)? {
        guard word(place) == "and" else { return nil }
        switch (word(place + 1), word(place + 2)) {
        case ("a", "half"): return (50, place + 3)
        case ("half", _): return (50, place + 2)
        case ("a", "quarter"): return (25, place + 3)
        case ("three", "quarters"): return (75, place + 3)
        default: return nil
        }
    }

    private func fractionDigits(_ start: Int) -> (String, Int)? {
        var digits = ""
        var place = start
        while digits.count < 9 {
            if let word = word(place), let digit = Self.digitWords[word] {
                digits += digit
            } else if let numeral = numeral(place), numeral.fraction == nil, numeral.digits.count <= 9 {
                digits += numeral.digits
            } else {
                break
            }
            place += 1
        }
        // "four point twenty five"
        if digits.isEmpty, let (value, end) = cardinal(place), 10...99 ~= value { return (String(value), end) }
        return digits.isEmpty ? nil : (String(digits.prefix(9)), place)
    }

    /// "three point two million".
    private func scaled(_ read: (SpokenDecimal, Int)?) -> (SpokenDecimal, Int)? {
        guard let (value, end) = read, let scale = word(end).flatMap({ Self.scales[$0] }), let product = value.times(scale) else { return read }
        return (product, end + 1)
    }

    private func join(_ whole: Int, _ digits: String, _ end: Int) -> (SpokenDecimal, Int)? {
        guard whole.magnitude < 100_000_000, let fraction = Int(digits) else { return nil }
        let factor = (0..<digits.count).reduce(1) { value, _ in value * 10 }
        return (SpokenDecimal(whole * factor + fraction, scale: digits.count), end)
    }

    // MARK: Digits

    /// Digits one after the other, in any mixture of words and numerals: "double five nine", "oh", "triple zero", "4 4 7 one",
    /// "forty four seventy one", "555-0199", "nine one one". Commas, hyphens, stops and "and then" between groups are passed over.
    func digits(_ start: Int) -> (String, Int)? {
        var digits = ""
        var place = start, end = start
        while digits.count < 64 {
            if !digits.isEmpty, let sign = sign(place), ",-.()/".contains(sign), place - end < 3 { place += 1; continue }
            if let word = word(place) {
                if let count = Self.repeats[word], let (digit, next) = singleDigit(place + 1) {
                    digits += String(repeating: digit, count: count)
                    (place, end) = (next, next)
                    continue
                }
                if let digit = Self.digitWords[word], word != "o" || !digits.isEmpty || singleDigit(place + 1) != nil {
                    digits += digit
                    (place, end) = (place + 1, place + 1)
                    continue
                }
                if let tens = Self.tens[word] {
                    let next = skipHyphen(place + 1)
                    if let unit = self.word(next).flatMap({ Self.units[$0] }), 1...9 ~= unit {
                        digits += String(tens + unit)
                        (place, end) = (next + 1, next + 1)
                    } else {
                        digits += String(tens)
                        (place, end) = (place + 1, place + 1)
                    }
                    continue
                }
                if let teen = Self.units[word], teen >= 10 {
                    digits += String(teen)
                    (place, end) = (place + 1, place + 1)
                    continue
                }
                if word == "hundred" || word == "thousand", let last = digits.last, last != "0" {
                    digits += word == "hundred" ? "00" : "000"
                    (place, end) = (place + 1, place + 1)
                    continue
                }
                if ["and", "then", "uh", "um", "dash", "hyphen"].contains(word), !digits.isEmpty, place - end < 2 { place += 1; continue }
                break
            }
            guard let numeral = numeral(place), !numeral.isGrouped else { break }
            digits += numeral.digits + (numeral.fraction ?? "")
            (place, end) = (place + 1, place + 1)
        }
        return end > start ? (digits, end) : nil
    }

    private func singleDigit(_ place: Int) -> (String, Int)? {
        if let word = word(place), let digit = Self.digitWords[word] { return (digit, place + 1) }
        if let numeral = numeral(place), numeral.digits.count == 1, numeral.fraction == nil { return (numeral.digits, place + 1) }
        return nil
    }
}
