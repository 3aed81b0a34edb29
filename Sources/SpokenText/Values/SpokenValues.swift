/// Words as they were heard -> values. Recognisers write numbers as words, as numerals or mixed; all are read.
///
/// Every function finds the values in reading order with the words they were said in; nothing found is an empty array. Whatever the
/// normaliser makes of a value, these read back.
public enum SpokenValues {
    /// Whole numbers: "twelve hundred and fifty" 1250, "a hundred" 100, "1,200", "twenty-six".
    public static func cardinals(in text: String) -> [SpokenValue<Int>] {
        let reader = SpokenReader(text)
        return reader.all(reader.cardinal)
    }

    /// Numbers with or without a fraction: "four point two", "4.2", "one and a half", "minus five".
    public static func numbers(in text: String) -> [SpokenValue<SpokenDecimal>] {
        let reader = SpokenReader(text)
        return reader.all(reader.decimal)
    }

    /// "fifteenth" 15, "twenty first", "3rd".
    public static func ordinals(in text: String) -> [SpokenValue<Int>] {
        let reader = SpokenReader(text)
        return reader.all(reader.ordinal)
    }

    /// Digits said one after the other: "double five nine" 559, "oh", "triple zero", "4 4 7 one", "forty four seventy one" 4471.
    public static func digitStrings(in text: String) -> [SpokenValue<String>] {
        let reader = SpokenReader(text)
        return reader.all { place in
            guard let (digits, end) = reader.digits(place) else { return nil }
            // "oh, I see" is no digit.
            if end == place + 1, let word = reader.word(place), word == "oh" || word == "nil" { return nil }
            return (digits, end)
        }
    }

    /// Telephone numbers of 7 to 15 digits; a "plus" in front stays as `+`.
    public static func phoneNumbers(in text: String) -> [SpokenValue<String>] {
        let reader = SpokenReader(text)
        return reader.all { place in
            let isInternational = reader.word(place) == "plus" || reader.sign(place) == "+"
            let start = reader.sign(isInternational ? place + 1 : place) == "(" ? place + 1 : place
            guard let (digits, end) = reader.digits(isInternational ? start + 1 : start), 7...15 ~= digits.count else { return nil }
            return ((isInternational ? "+" : "") + digits, end)
        }
    }

    /// "$42.50", "forty two dollars and fifty cents", "fifty cents", "twenty bucks", "500 rupees".
    public static func money(in text: String) -> [SpokenValue<SpokenMoney>] {
        let reader = SpokenReader(text)
        return reader.all(reader.money)
    }

    /// "a gig and a half" 1.5 GB, "five hundred megabytes", "4.2 GB", "half a gig".
    public static func dataVolumes(in text: String) -> [SpokenValue<SpokenDataVolume>] {
        let reader = SpokenReader(text)
        return reader.all(reader.dataVolume)
    }

    /// Days: "March 3rd", "the fifteenth of next month", "yesterday", "next Friday", "two weeks ago", "2026-03-15", "3/15/2026".
    /// A day without a year is the one nearest to `today`; a lone "the fifteenth" is the next one.
    public static func dates(in text: String, relativeTo today: CalendarDay) -> [SpokenValue<CalendarDay>] {
        let reader = SpokenReader(text)
        return reader.all { reader.date($0, today) }
    }

    /// Months: "March", "March 2025", "last month", "two months ago". A month without a year is the latest one that has begun.
    public static func months(in text: String, relativeTo today: CalendarDay) -> [SpokenValue<CalendarMonth>] {
        let reader = SpokenReader(text)
        return reader.all { reader.month($0, today) }
    }

    /// Yes or no: "yeah", "that's right", "go ahead", "not really", "I don't think so"; `nil` when neither or both were said.
    public static func confirmation(in text: String) -> SpokenValue<Bool>? {
        SpokenReader(text).confirmation()
    }
}
