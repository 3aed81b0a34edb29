/// Amounts of money and telephone numbers.
extension NormaliserPass {
    /// An amount whose currency sign stands at `place`: "$42.50", "$3.2 million", "$5k", "$9.99/month", "$10-$20".
    func money(at place: Int, minus: Bool) -> Match? {
        guard let sign = at(place), let currency = SpeechTables.symbols[sign] else { return nil }
        var start = skipSpaces(place + 1)
        var negative = minus
        if at(start) == "-" { (negative, start) = (true, start + 1) }
        guard let numeral = numeral(from: start) else { return Match(currency.units, place + 1) }
        return tail(of: numeral, currency, negative)
    }

    /// "USD 42.50", "Rs. 500", "INR 1,00,000".
    func currencyCode() -> Match? {
        var name = letters(index)
        var end = index + name.unicodeScalars.count
        if name == "US", at(end) == "$" { (name, end) = ("US$", end + 1) }
        guard let currency = SpeechTables.currencyCodes[name] else { return nil }
        if at(end) == "." { end += 1 }
        guard let numeral = numeral(from: skipSpaces(end)) else { return nil }
        return tail(of: numeral, currency, false)
    }

    private func tail(of numeral: Numeral, _ currency: SpeechTables.Currency, _ negative: Bool) -> Match {
        let minus = negative ? "minus " : ""
        let after = skipSpaces(numeral.end)
        let magnitude = letters(after)
        let magnitudeEnd = after + magnitude.unicodeScalars.count
        if let scale = SpeechTables.magnitudes[magnitude], isBoundary(magnitudeEnd), after == numeral.end || magnitude.count > 1 {
            return Match(minus + numeral.words + " " + scale + " " + currency.units, magnitudeEnd)
        }
        let length = perLength(numeral.end)
        let per = length > 0 ? " per" : ""
        if at(numeral.end) == "-", at(numeral.end + 1)?.isDigit == true || at(numeral.end + 1).flatMap({ SpeechTables.symbols[$0] }) != nil {
            return Match(minus + amount(numeral, currency) + " to", numeral.end + 1)
        }
        return Match(minus + amount(numeral, currency) + per, numeral.end + length)
    }

    /// Two digits after the point are cents, one digit tens of cents; more are read as a decimal.
    func amount(_ numeral: Numeral, _ currency: SpeechTables.Currency) -> String {
        let name = numeral.isOne ? currency.unit : currency.units
        guard let fraction = numeral.fraction, let part = currency.part else { return numeral.words + " " + name }
        guard fraction.count <= 2, let cents = Int(fraction.count == 1 ? fraction + "0" : fraction) else {
            return numeral.words + " " + currency.units
        }
        let whole = Numeral(digits: numeral.digits, end: numeral.end)
        let centWords = NumberWords.cardinal(cents) + " " + (cents == 1 ? part : currency.parts)
        if cents == 0 { return whole.words + " " + (whole.isOne ? currency.unit : currency.units) }
        if whole.value == 0 { return centWords }
        return whole.words + " " + (whole.isOne ? currency.unit : currency.units) + " and " + centWords
    }

    /// North American and international shapes: "+1 (555) 010-0199", "800-555-0199", "800.555.0199", "555-0199", "+91 98765 43210".
    func phone() -> Match? {
        guard let first = at(index), first.isDigit || first == "+" || first == "(" else { return nil }
        var place = index
        var groups: [String] = []
        let isInternational = first == "+"
        if isInternational { place += 1 }
        var hasParentheses = false
        scan: while place - index < Self.reach {
            var separators = 0
            while let scalar = at(place), " -.()".unicodeScalars.contains(scalar), separators < 3 {
                if scalar == "(" {
                    guard at(place + 1)?.isDigit == true else { break scan }
                    hasParentheses = true
                }
                place += 1
                separators += 1
            }
            guard groups.isEmpty || separators > 0, at(place)?.isDigit == true else { break }
            guard let numeral = numeral(from: place, allowFraction: false), !numeral.isGrouped, numeral.digits.count <= 12 else { return nil }
            groups.append(numeral.digits)
            place = numeral.end
        }
        // The loop may have run past the last digit into separators.
        while place > index, let last = at(place - 1), !last.isDigit { place -= 1 }
        guard isBoundary(place), at(place) != "%", at(place) != "/" else { return nil }
        let total = groups.reduce(0) { $0 + $1.count }
        let lengths = groups.map(\.count)
        if isInternational {
            guard 7...15 ~= total else { return nil }
            let spoken = groups.map { $0.count > 5 ? NumberWords.groupedDigits($0) : NumberWords.digits($0) }
            return Match("plus " + spoken.joined(separator: ", "), place)
        }
        let local = lengths == [3, 4] && at(index + 3) == "-"
        let national = lengths == [3, 3, 4] || (lengths == [1, 3, 3, 4] && groups.first == "1")
        guard local || national || (hasParentheses && 9...11 ~= total) else { return nil }
        return Match(groups.map(NumberWords.digits).joined(separator: ", "), place)
    }
}
