/// Days and months as people name them.
extension SpokenReader {
    private static let monthNames: [String: Int] = {
        var names: [String: Int] = ["sept": 9]
        for (index, month) in SpeechTables.months.enumerated() {
            names[month.lowercased()] = index + 1
            // "mar", "jun" … as a recogniser or a typist shortens them; "may" is its own.
            names[String(month.lowercased().prefix(3))] = index + 1
        }
        names["mar"] = 3
        names["dec"] = 12
        return names
    }()
    private static let weekdays = ["sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6]

    // MARK: Months

    func month(_ start: Int, _ today: CalendarDay) -> (CalendarMonth, Int)? {
        let current = CalendarMonth(year: today.year, month: today.month)
        if let (month, end) = isoMonth(start) { return (month, end) }
        if let (offset, end) = relativeMonth(start) { return (current.adding(months: offset), end) }
        var place = start
        let direction = word(place).flatMap { ["last", "this", "next", "past"].contains($0) ? $0 : nil }
        if direction != nil { place += 1 }
        guard let number = monthName(place) else { return nil }
        var end = place + 1
        if sign(end) == "," || word(end) == "of" { end += 1 }
        if let (year, last) = year(end, today) { return (CalendarMonth(year: year, month: number), last) }
        end = place + 1
        var month = CalendarMonth(year: number > today.month ? today.year - 1 : today.year, month: number)
        if direction == "next" { month = CalendarMonth(year: number > today.month ? today.year : today.year + 1, month: number) }
        if direction == "this" { month.year = today.year }
        if direction == "last" || direction == "past", number == today.month { month.year -= 1 }
        return (month, end)
    }

    /// A month's name; "may" and "march" only where they cannot be verbs.
    func monthName(_ place: Int) -> Int? {
        guard let name = word(place), let number = Self.monthNames[name] else { return nil }
        guard ["may", "mar", "march", "sun", "dec", "jan", "jun", "oct", "sep", "apr", "feb", "aug", "nov", "jul"].contains(name) else { return number }
        if name == "may" {
            if let next = word(place + 1), ["i", "you", "we", "be", "have", "not", "it", "they", "he", "she", "also", "want", "need"].contains(next) {
                return nil
            }
            let before = word(place - 1) ?? ""
            let cues: Set<String> = [
                "in", "for", "of", "from", "last", "this", "next", "since", "my", "the", "until", "month", "and", "or", "by", "on", "to", "about",
            ]
            let hasNumber = numeral(place + 1) != nil || ordinal(place + 1) != nil || year(place + 1, CalendarDay(daysSince1970: 0)) != nil
            let isAlone = tokens.count <= 3
            return cues.contains(before) || hasNumber || isAlone || ["bill", "invoice", "statement", "month"].contains(word(place + 1) ?? "") ? number : nil
        }
        return number
    }

    private func isoMonth(_ start: Int) -> (CalendarMonth, Int)? {
        guard let year = plainNumber(start, 4), sign(start + 1) == "-", isAttached(start + 1), let month = plainNumber(start + 2, 2), 1...12 ~= month,
            sign(start + 3) != "-", 1_900...2_199 ~= year
        else { return nil }
        return (CalendarMonth(year: year, month: month), start + 3)
    }

    /// "last month", "the previous month", "two months ago", "the month before last", "this month".
    private func relativeMonth(_ start: Int) -> (Int, Int)? {
        if word(start) == "month", word(start + 1) == "before", word(start + 2) == "last" { return (-2, start + 3) }
        if let first = word(start), word(start + 1) == "month" {
            switch first {
            case "last", "previous", "past", "prior": return (-1, start + 2)
            case "this", "current", "present": return (0, start + 2)
            case "next", "coming", "following": return (1, start + 2)
            default: break
            }
        }
        if let (count, end) = cardinal(start) ?? (word(start) == "a" ? (1, start + 1) : nil), 0...600 ~= count, let unit = word(end),
            unit == "month" || unit == "months"
        {
            if word(end + 1) == "ago" || word(end + 1) == "back" || word(end + 1) == "before" { return (-count, end + 2) }
        }
        return nil
    }

    // MARK: Years

    /// "2026", "twenty twenty six", "two thousand and five", "last year".
    func year(_ start: Int, _ today: CalendarDay) -> (Int, Int)? {
        if let value = plainNumber(start, 4), 1_900...2_199 ~= value { return (value, start + 1) }
        if let first = word(start), word(start + 1) == "year" {
            switch first {
            case "last", "previous": return (today.year - 1, start + 2)
            case "this": return (today.year, start + 2)
            case "next": return (today.year + 1, start + 2)
            default: break
            }
        }
        guard let first = word(start) else { return nil }
        if first == "nineteen" || first == "twenty" {
            let century = first == "nineteen" ? 1_900 : 2_000
            let next = skipHyphen(start + 1)
            if word(next) == "oh" || word(next) == "o", let (unit, end) = cardinal(next + 1), 1...9 ~= unit { return (century + unit, end) }
            if let (rest, end) = cardinal(next), 10...99 ~= rest { return (century + rest, end) }
            if word(next) == "hundred", century == 1_900 { return (1_900, next + 1) }
            return nil
        }
        if first == "two", word(start + 1) == "thousand", let (value, end) = cardinal(start), 2_000...2_199 ~= value { return (value, end) }
        return nil
    }

    /// The value of an ungrouped numeral with at most `digits` digits.
    private func plainNumber(_ place: Int, _ digits: Int) -> Int? {
        guard let numeral = numeral(place), numeral.fraction == nil, !numeral.isGrouped, numeral.digits.count <= digits, digits < 4 || numeral.digits.count == 4
        else {
            return nil
        }
        return Int(numeral.digits)
    }

    // MARK: Days

    func date(_ start: Int, _ today: CalendarDay) -> (CalendarDay, Int)? {
        numericDate(start) ?? namedDay(start, today) ?? monthFirst(start, today) ?? dayFirst(start, today)
    }

    /// "2026-03-15", "3/15/2026", "15/3/26".
    private func numericDate(_ start: Int) -> (CalendarDay, Int)? {
        if let year = plainNumber(start, 4), sign(start + 1) == "-", let month = plainNumber(start + 2, 2), sign(start + 3) == "-",
            let day = plainNumber(start + 4, 2), let date = CalendarDay(year: year, month: month, day: day)
        {
            return (date, start + 5)
        }
        guard let first = plainNumber(start, 2), sign(start + 1) == "/", let second = plainNumber(start + 2, 2), sign(start + 3) == "/",
            let year = plainNumber(start + 4, 4) ?? plainNumber(start + 4, 2).map({ $0 + 2_000 })
        else { return nil }
        let (month, day) = first > 12 ? (second, first) : (first, second)
        return CalendarDay(year: year, month: month, day: day).map { ($0, start + 5) }
    }

    /// "today", "the day after tomorrow", "next Friday", "in three days", "two weeks ago", "end of the month".
    private func namedDay(_ start: Int, _ today: CalendarDay) -> (CalendarDay, Int)? {
        guard let first = word(start) else { return countedDays(start, today) }
        switch first {
        case "today", "tonight": return (today, start + 1)
        case "tomorrow": return (today.adding(days: 1), start + 1)
        case "yesterday": return (today.adding(days: -1), start + 1)
        case "day":
            if word(start + 1) == "after", word(start + 2) == "tomorrow" { return (today.adding(days: 2), start + 3) }
            if word(start + 1) == "before", word(start + 2) == "yesterday" { return (today.adding(days: -2), start + 3) }
        case "end":
            guard word(start + 1) == "of", word(start + 2) == "the" || relativeMonth(start + 2) != nil else { break }
            let (offset, end) = relativeMonth(start + 2) ?? (0, start + 4)
            guard offset != 0 || word(end - 1) == "month" else { break }
            let month = CalendarMonth(year: today.year, month: today.month).adding(months: offset)
            return CalendarDay(year: month.year, month: month.month, day: CalendarDay.length(ofMonth: month.month, year: month.year)).map { ($0, end) }
        case "next", "last", "this", "coming", "past":
            guard let weekday = word(start + 1).flatMap({ Self.weekdays[$0] }) else { break }
            let ahead = (weekday - today.weekday + 7) % 7
            switch first {
            case "last", "past": return (today.adding(days: ahead == 0 ? -7 : ahead - 7), start + 2)
            case "this": return (today.adding(days: ahead), start + 2)
            default: return (today.adding(days: ahead == 0 ? 7 : ahead), start + 2)
            }
        default: break
        }
        if let weekday = Self.weekdays[first] {
            let ahead = (weekday - today.weekday + 7) % 7
            return (today.adding(days: ahead), start + 1)
        }
        return countedDays(start, today)
    }

    private func countedDays(_ start: Int, _ today: CalendarDay) -> (CalendarDay, Int)? {
        let isAhead = word(start) == "in"
        let place = isAhead ? start + 1 : start
        guard let (count, end) = cardinal(place) ?? (word(place) == "a" ? (1, place + 1) : nil), 0...3_650 ~= count, let unit = word(end) else { return nil }
        let length = unit == "day" || unit == "days" ? 1 : unit == "week" || unit == "weeks" ? 7 : 0
        guard length > 0 else { return nil }
        if isAhead || word(end + 1) == "from" && word(end + 2) == "now" { return (today.adding(days: count * length), isAhead ? end + 1 : end + 3) }
        return word(end + 1) == "ago" || word(end + 1) == "back" ? (today.adding(days: -count * length), end + 2) : nil
    }

    /// "March 3rd", "March third, 2026", "march 15 twenty twenty six".
    private func monthFirst(_ start: Int, _ today: CalendarDay) -> (CalendarDay, Int)? {
        guard let month = monthName(start) else { return nil }
        var place = start + 1
        if sign(place) == "." { place += 1 }
        if word(place) == "the" { place += 1 }
        guard let (day, end) = dayNumber(place) else { return nil }
        return dated(day, month, end, today)
    }

    /// "the fifteenth of next month", "3rd of March 2026", "15 march", "the fifteenth".
    private func dayFirst(_ start: Int, _ today: CalendarDay) -> (CalendarDay, Int)? {
        let hasArticle = word(start) == "the"
        let place = hasArticle ? start + 1 : start
        let isOrdinal = ordinal(place) != nil
        guard let (day, dayEnd) = dayNumber(place) else { return nil }
        let end = word(dayEnd) == "of" ? dayEnd + 1 : dayEnd
        if let month = monthName(end) { return dated(day, month, end + 1, today) }
        guard isOrdinal else { return nil }
        let monthPlace = word(end) == "the" ? end + 1 : end
        if let (offset, last) = relativeMonth(monthPlace) ?? (word(monthPlace) == "month" && end > dayEnd ? (0, monthPlace + 1) : nil) {
            let month = CalendarMonth(year: today.year, month: today.month).adding(months: offset)
            return CalendarDay(year: month.year, month: month.month, day: day).map { ($0, last) }
        }
        // "the first plan" and "the second one" count something else.
        guard hasArticle, end == dayEnd,
            word(dayEnd) == nil || ["please", "at", "in", "or", "and", "is", "was", "would", "works", "if", "then", "by"].contains(word(dayEnd) ?? "")
        else {
            return nil
        }
        var month = CalendarMonth(year: today.year, month: today.month)
        if day < today.day { month = month.adding(months: 1) }
        return CalendarDay(year: month.year, month: month.month, day: day).map { ($0, dayEnd) }
    }

    private func dayNumber(_ place: Int) -> (Int, Int)? {
        if let (day, end) = ordinal(place), 1...31 ~= day { return (day, end) }
        if let day = plainNumber(place, 2), 1...31 ~= day, volumeOrMoneyFollows(place + 1) == false { return (day, place + 1) }
        // "march three" is a day, "march twenty twenty six" a year.
        if let (day, end) = cardinal(place), 1...31 ~= day, word(place) != "a", year(place, CalendarDay(daysSince1970: 0)) == nil { return (day, end) }
        return nil
    }

    private func volumeOrMoneyFollows(_ place: Int) -> Bool {
        guard let next = word(place) else { return sign(place) == "%" || sign(place) == "/" || sign(place) == ":" }
        return ["gb", "mb", "gigs", "gigabytes", "megabytes", "dollars", "bucks", "percent", "rupees", "am", "pm", "minutes"].contains(next)
    }

    private func dated(_ day: Int, _ month: Int, _ end: Int, _ today: CalendarDay) -> (CalendarDay, Int)? {
        let yearPlace = sign(end) == "," || word(end) == "of" || word(end) == "in" ? end + 1 : end
        if let (year, last) = year(yearPlace, today), let date = CalendarDay(year: year, month: month, day: day) { return (date, last) }
        let candidates = (-1...1).compactMap { CalendarDay(year: today.year + $0, month: month, day: day) }
        let reference = today.daysSince1970
        return candidates.min { abs($0.daysSince1970 - reference) < abs($1.daysSince1970 - reference) }.map { ($0, end) }
    }
}
