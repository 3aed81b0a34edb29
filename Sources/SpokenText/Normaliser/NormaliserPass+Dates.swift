/// Dates, fractions and times of day.
extension NormaliserPass {
    /// "2026-03-15" with an optional time behind `T`, and "2026-03".
    func isoDate() -> Match? {
        guard let year = smallNumber(index, maxDigits: 4), year.digits == 4, 1_900...2_199 ~= year.value, at(year.end) == "-",
            let month = smallNumber(year.end + 1, maxDigits: 2), month.digits == 2, 1...12 ~= month.value
        else { return nil }
        let monthName = SpeechTables.months[month.value - 1]
        guard at(month.end) == "-", let day = smallNumber(month.end + 1, maxDigits: 2), day.digits == 2, 1...31 ~= day.value else {
            guard isBoundary(month.end), at(month.end) != "-" else { return nil }
            return Match(monthName + " " + NumberWords.year(year.value), month.end)
        }
        let words = dateWords(month: month.value, day: day.value, year: year.value)
        if at(day.end) == "T", let time = clockTime(at: day.end + 1) { return Match(words + " at " + time.words, time.end) }
        guard isBoundary(day.end) else { return nil }
        return Match(words, day.end)
    }

    /// "3/15/2026" (or day first when the first is over 12), "3/15", "1/2", "24/7".
    func slashed() -> Match? {
        guard let first = smallNumber(index, maxDigits: 4), at(first.end) == "/", let second = smallNumber(first.end + 1, maxDigits: 4) else {
            return nil
        }
        if at(second.end) == "/", let third = smallNumber(second.end + 1, maxDigits: 4), isBoundary(third.end), third.digits != 3 {
            let (month, day) = first.value > 12 ? (second.value, first.value) : (first.value, second.value)
            guard 1...12 ~= month, 1...31 ~= day, third.digits > 1 else { return nil }
            return Match(dateWords(month: month, day: day, year: third.digits == 2 ? 2_000 + third.value : third.value), third.end)
        }
        guard isBoundary(second.end), at(second.end) != "/" else { return nil }
        if (first.value, second.value) == (24, 7) { return Match("twenty four seven", second.end) }
        if 1...9 ~= first.value, first.value < second.value, second.value <= 10, first.digits == 1 {
            return Match(fraction(first.value, second.value), second.end)
        }
        if 1...12 ~= first.value, 1...31 ~= second.value {
            return Match(dateWords(month: first.value, day: second.value, year: nil), second.end)
        }
        return Match(NumberWords.cardinal(first.value) + " slash " + NumberWords.cardinal(second.value), second.end)
    }

    private func fraction(_ top: Int, _ bottom: Int) -> String {
        let name = bottom == 2 ? "half" : bottom == 4 ? "quarter" : NumberWords.ordinal(bottom)
        return NumberWords.cardinal(top) + " " + name + (top == 1 ? "" : "s")
    }

    /// "March 15", "Mar. 15th, 2026", "March 2026".
    func monthDay() -> Match? {
        let name = letters(index)
        guard let month = SpeechTables.monthNumbers[name] else { return nil }
        var place = index + name.unicodeScalars.count
        if name.count < 5, at(place) == "." { place += 1 }
        guard at(place)?.isSpace == true else { return nil }
        place = skipSpaces(place)
        guard let number = smallNumber(place, maxDigits: 4) else { return nil }
        if number.digits == 4 {
            guard 1_900...2_199 ~= number.value, isBoundary(number.end) else { return nil }
            return Match(SpeechTables.months[month - 1] + " " + NumberWords.year(number.value), number.end)
        }
        let day = ordinalEnd(number.end)
        guard number.digits <= 2, 1...31 ~= number.value, isBoundary(day), at(day) != ":", at(day) != "%", SpeechTables.units[letters(skipSpaces(day))] == nil,
            !(at(day) == "." && at(day + 1)?.isDigit == true)
        else { return nil }
        let year = trailingYear(day)
        return Match(dateWords(month: month, day: number.value, year: year?.value), year?.end ?? day)
    }

    /// "15 March 2026", "15th of March".
    func dayMonth() -> Match? {
        guard let number = smallNumber(index, maxDigits: 2), 1...31 ~= number.value else { return nil }
        var place = ordinalEnd(number.end)
        guard at(place)?.isSpace == true else { return nil }
        place = skipSpaces(place)
        let hasOf = letters(place) == "of"
        if hasOf { place = skipSpaces(place + 2) }
        let name = letters(place)
        guard let month = SpeechTables.monthNumbers[name] else { return nil }
        let end = place + name.unicodeScalars.count
        let year = trailingYear(end)
        let words =
            previousWord == "the" || hasOf
            ? NumberWords.ordinal(number.value) + " of " + SpeechTables.months[month - 1] + (year.map { " " + NumberWords.year($0.value) } ?? "")
            : dateWords(month: month, day: number.value, year: year?.value)
        return Match(words, year?.end ?? end)
    }

    private func ordinalEnd(_ place: Int) -> Int { ["st", "nd", "rd", "th"].contains(letters(place)) ? place + 2 : place }

    private func trailingYear(_ place: Int) -> (value: Int, end: Int)? {
        var start = place
        if at(start) == "," { start += 1 }
        guard at(start)?.isSpace == true, let year = smallNumber(skipSpaces(start), maxDigits: 4), year.digits == 4, 1_900...2_199 ~= year.value,
            isBoundary(year.end)
        else { return nil }
        return (year.value, year.end)
    }

    private func dateWords(month: Int, day: Int, year: Int?) -> String {
        let words = SpeechTables.months[month - 1] + " " + NumberWords.ordinal(day)
        return year.map { words + ", " + NumberWords.year($0) } ?? words
    }

    /// "9:30", "9:05 am", "14:30", "5pm", "5 p.m.", "9:00-17:30".
    func clock() -> Match? {
        guard let time = clockTime(at: index) else { return nil }
        let dash = skipSpaces(time.end)
        if at(dash) == "-", let end = clockTime(at: skipSpaces(dash + 1)) { return Match(time.words + " to " + end.words, end.end) }
        return Match(time.words, time.end)
    }

    func clockTime(at start: Int) -> (words: String, end: Int)? {
        guard let hour = smallNumber(start, maxDigits: 2), hour.value <= 24 else { return nil }
        var end = hour.end
        var minute: Int?
        if at(end) == ":", let minutes = smallNumber(end + 1, maxDigits: 2), minutes.digits == 2, minutes.value < 60 {
            (minute, end) = (minutes.value, minutes.end)
            // Seconds are not said.
            if at(end) == ":", let seconds = smallNumber(end + 1, maxDigits: 2), seconds.digits == 2 { end = seconds.end }
            if at(end) == "Z", isBoundary(end + 1) { end += 1 }
        }
        let half = meridiem(after: end)
        guard minute != nil || half != nil, isBoundary(half?.end ?? end), half == nil || 1...12 ~= hour.value else { return nil }
        var hourValue = hour.value
        var suffix = half.map { " " + $0.words } ?? ""
        if half == nil, hourValue > 12 || hourValue == 0 {
            suffix = 12...23 ~= hourValue ? " P M" : " A M"
            hourValue = hourValue % 12 == 0 ? 12 : hourValue % 12
        }
        var words = NumberWords.cardinal(hourValue)
        switch minute ?? 0 {
        case 0: words += suffix.isEmpty ? " o'clock" : ""
        case let minute where minute < 10: words += " oh " + NumberWords.cardinal(minute)
        case let minute: words += " " + NumberWords.cardinal(minute)
        }
        return (words + suffix, half?.end ?? end)
    }

    private func meridiem(after place: Int) -> (words: String, end: Int)? {
        let start = skipSpaces(place)
        guard let first = at(start), "aApP".unicodeScalars.contains(first) else { return nil }
        let words = "aA".unicodeScalars.contains(first) ? "A M" : "P M"
        if let second = at(start + 1), "mM".unicodeScalars.contains(second), isBoundary(start + 2) { return (words, start + 2) }
        guard at(start + 1) == ".", let second = at(start + 2), "mM".unicodeScalars.contains(second), isBoundary(start + 3) else { return nil }
        // The second stop is the sentence's too when nothing or a capital follows.
        guard at(start + 3) == "." else { return (words, start + 3) }
        let next = skipSpaces(start + 4)
        let endsSentence = at(next) == nil || at(next)?.isCapital == true
        return (words, endsSentence ? start + 3 : start + 4)
    }
}
