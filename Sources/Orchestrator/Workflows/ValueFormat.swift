public import Foundation

/// How a value is written in a reply.
public enum ValueFormat: String, Sendable, CaseIterable {
    /// `42500000` under a name that ends in `_micro`, or decimal `42.5`: `$42.50`.
    case money
    /// Megabytes `5800`: `5.8 GB`.
    case data
    /// `2026-03-15`: `March 15th`.
    case date
    /// `2026-03`: `March`, with the year unless it is this one.
    case month
    /// `5550101`: `5 5 5 0 1 0 1`, to be read digit by digit.
    case digits
    /// The last four digits, likewise.
    case last4
}

/// Writes values as people do.
public struct ValueFormatter: Sendable {
    /// In front of amounts: `$`.
    private let sign: String
    /// The year of today, in UTC.
    private let year: Int

    /// - Parameters:
    ///   - currency: ISO 4217; one without a sign of its own is written out, as in `CHF 12.00`.
    ///   - now: what "this year" means.
    public init(currency: String, now: Date) {
        sign = ["USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"][currency] ?? "\(currency) "
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        year = calendar.component(.year, from: now)
    }

    /// - Parameter name: what the value is called; `_micro` at its end means millionths.
    /// - Returns: `nil` when the value does not fit the format.
    public func write(_ value: String, as format: ValueFormat, under name: String) -> String? {
        switch format {
        case .money: money(value, isMicro: name.hasSuffix("_micro"))
        case .data: data(value)
        case .date: date(value)
        case .month: month(value)
        case .digits: Self.spaced(value.filter { $0.isASCII && $0.isNumber })
        case .last4: Self.spaced(String(value.filter { $0.isASCII && $0.isNumber }.suffix(4)))
        }
    }

    private func money(_ value: String, isMicro: Bool) -> String? {
        let cents: Int
        if isMicro {
            guard let micro = Int(value) else { return nil }
            cents = (micro.magnitude > UInt(Int.max - 5_000) ? micro : micro + (micro < 0 ? -5_000 : 5_000)) / 10_000
        } else {
            guard let decimal = Double(value), decimal.isFinite, abs(decimal) < 1e12 else { return nil }
            cents = Int((decimal * 100).rounded())
        }
        let whole = cents.magnitude / 100
        let rest = cents.magnitude % 100
        return (cents < 0 ? "-" : "") + sign + "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    private func data(_ value: String) -> String? {
        guard let megabytes = Double(value), megabytes.isFinite, abs(megabytes) < 1e12 else { return nil }
        guard abs(megabytes) >= 1_000 else { return "\(Int(megabytes.rounded())) MB" }
        let tenths = Int((megabytes / 100).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) GB" : "\(tenths / 10).\(abs(tenths % 10)) GB"
    }

    private func date(_ value: String) -> String? {
        guard let (year, month, day) = CalendarDay.parse(value) else { return nil }
        return "\(CalendarDay.monthNames[month - 1]) \(Self.ordinal(day))" + (abs(year - self.year) > 1 ? ", \(year)" : "")
    }

    private func month(_ value: String) -> String? {
        guard let (year, month) = CalendarDay.parseMonth(value) else { return nil }
        return CalendarDay.monthNames[month - 1] + (year == self.year ? "" : " \(year)")
    }

    static func ordinal(_ day: Int) -> String {
        let ending =
            switch (day % 10, day % 100) {
            case (_, 11...13): "th"
            case (1, _): "st"
            case (2, _): "nd"
            case (3, _): "rd"
            default: "th"
            }
        return "\(day)\(ending)"
    }

    private static func spaced(_ digits: String) -> String? {
        digits.isEmpty ? nil : digits.map(String.init).joined(separator: " ")
    }
}

/// Days and months as ISO 8601 writes them.
enum CalendarDay {
    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]

    /// `YYYY-MM`.
    static func parseMonth(_ text: String) -> (year: Int, month: Int)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let year = number(parts[0], digits: 4), let month = number(parts[1], digits: 2), 1...12 ~= month
        else { return nil }
        return (year, month)
    }

    /// `YYYY-MM-DD`, a day that exists.
    static func parse(_ text: String) -> (year: Int, month: Int, day: Int)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let (year, month) = parseMonth(parts[0] + "-" + parts[1]), let day = number(parts[2], digits: 2),
            day >= 1, day <= length(of: month, in: year)
        else { return nil }
        return (year, month, day)
    }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func parseMonth(_ text: Substring) -> (year: Int, month: Int)? { parseMonth(String(text)) }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        text.count == digits && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}
