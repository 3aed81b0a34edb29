/// A value and the words it was said in.
public struct SpokenValue<Value: Sendable & Equatable>: Sendable, Equatable {
    public var value: Value
    /// Where it stands in the text that was read.
    public var range: Range<String.Index>
    /// The words themselves.
    public var text: String

    public init(_ value: Value, range: Range<String.Index>, in text: String) {
        (self.value, self.range) = (value, range)
        self.text = String(text[range])
    }
}

/// An exact decimal: `coefficient` × 10^-`scale`. 42.50 is (4250, 2) and prints as "42.50".
public struct SpokenDecimal: Sendable, Equatable, Comparable, CustomStringConvertible {
    public var coefficient: Int
    /// 0...9.
    public var scale: Int
    public init(_ coefficient: Int, scale: Int = 0) { (self.coefficient, self.scale) = (coefficient, min(max(scale, 0), 9)) }

    public var description: String {
        guard scale > 0 else { return String(coefficient) }
        let digits = String(coefficient.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return (coefficient < 0 ? "-" : "") + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
    /// The same value without zeros at the end.
    public var reduced: SpokenDecimal {
        var result = self
        while result.scale > 0, result.coefficient % 10 == 0 { (result.coefficient, result.scale) = (result.coefficient / 10, result.scale - 1) }
        return result
    }
    public static func == (left: Self, right: Self) -> Bool {
        let (left, right) = (left.reduced, right.reduced)
        return left.coefficient == right.coefficient && left.scale == right.scale
    }
    public static func < (left: Self, right: Self) -> Bool { left.double < right.double }
    private var double: Double { (0..<scale).reduce(Double(coefficient)) { value, _ in value / 10 } }

    /// `nil` when it does not fit.
    func times(_ factor: Int) -> SpokenDecimal? {
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: factor)
        return overflow ? nil : SpokenDecimal(product, scale: scale)
    }
    /// In hundredths, rounded half up; `nil` when it does not fit.
    var hundredths: Int? {
        if scale <= 2 { return (scale..<2).reduce(Optional(coefficient)) { value, _ in value.flatMap { Self.shifted($0) } } }
        let divisor = (2..<scale).reduce(1) { value, _ in value * 10 }
        return (coefficient + (coefficient < 0 ? -divisor : divisor) / 2) / divisor
    }
    private static func shifted(_ value: Int) -> Int? {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        return overflow ? nil : product
    }
}

/// An amount of money in hundredths of its unit.
public struct SpokenMoney: Sendable, Equatable {
    public enum Currency: String, Sendable { case usd = "USD", eur = "EUR", gbp = "GBP", inr = "INR" }
    public var cents: Int
    public var currency: Currency
    public init(cents: Int, currency: Currency = .usd) { (self.cents, self.currency) = (cents, currency) }
    /// "42.50".
    public var amount: String { SpokenDecimal(cents, scale: 2).description }
}

/// A volume of data as it was said, e.g. 1.5 GB.
public struct SpokenDataVolume: Sendable, Equatable {
    public enum Unit: String, Sendable { case kilobytes = "KB", megabytes = "MB", gigabytes = "GB", terabytes = "TB" }
    public var amount: SpokenDecimal
    public var unit: Unit
    public init(_ amount: SpokenDecimal, _ unit: Unit) { (self.amount, self.unit) = (amount, unit) }
    /// "1.5 GB".
    public var text: String { "\(amount.reduced) \(unit.rawValue)" }
}

/// A day of the Gregorian calendar.
public struct CalendarDay: Sendable, Hashable, Comparable {
    public var year: Int, month: Int, day: Int

    /// - Returns: `nil` for a day that no calendar has.
    public init?(year: Int, month: Int, day: Int) {
        guard 1...9_999 ~= year, 1...12 ~= month, 1...Self.length(ofMonth: month, year: year) ~= day else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }
    /// Days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"); clamped to the years 1...9999.
    public init(daysSince1970 days: Int) {
        let shifted = min(max(days, -719_162), 2_932_896) + 719_468
        let era = shifted / 146_097
        let ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
    public var daysSince1970: Int {
        let year = month <= 2 ? self.year - 1 : self.year
        let era = year / 400
        let ofEra = year % 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
    /// 0 = Sunday.
    public var weekday: Int { ((daysSince1970 + 4) % 7 + 7) % 7 }
    /// "2026-03-15".
    public var iso: String { CalendarMonth(year: year, month: month).iso + (day < 10 ? "-0" : "-") + String(day) }
    public func adding(days: Int) -> CalendarDay { CalendarDay(daysSince1970: daysSince1970 + days) }
    public static func < (left: Self, right: Self) -> Bool { left.daysSince1970 < right.daysSince1970 }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A month of a year.
public struct CalendarMonth: Sendable, Hashable {
    public var year: Int, month: Int
    public init(year: Int, month: Int) { (self.year, self.month) = (year, month) }
    /// "2026-03".
    public var iso: String { String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year) + (month < 10 ? "-0" : "-") + String(month) }
    public func adding(months: Int) -> CalendarMonth {
        let index = max(12, year * 12 + month - 1 + months)
        return CalendarMonth(year: index / 12, month: index % 12 + 1)
    }
}
