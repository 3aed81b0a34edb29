import Foundation

/// A day of the Gregorian calendar in UTC.
struct CivilDate: Sendable, Equatable, CustomStringConvertible {
    var month: CivilMonth
    var day: Int

    init(month: CivilMonth, day: Int) { (self.month, self.day) = (month, day) }

    init(_ date: Date) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        self.init(month: CivilMonth(year: parts.year ?? 1970, month: parts.month ?? 1), day: parts.day ?? 1)
    }

    /// ISO 8601, e.g. `2026-03-15`.
    var description: String { "\(month)-\(day < 10 ? "0" : "")\(day)" }
}

/// A month, in the order of time.
struct CivilMonth: Sendable, Equatable, CustomStringConvertible {
    /// Months since January of year 0.
    let index: Int

    init(year: Int, month: Int) { index = year * 12 + month - 1 }
    private init(index: Int) { self.index = index }

    /// Reads `YYYY-MM`; `nil` for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), (1...12).contains(month)
        else { return nil }
        self.init(year: year, month: month)
    }

    func advanced(by months: Int) -> CivilMonth { CivilMonth(index: index + months) }

    /// ISO 8601, e.g. `2026-03`.
    var description: String {
        let year = String(index / 12), month = index % 12 + 1
        return String(repeating: "0", count: max(0, 4 - year.count)) + year + "-" + (month < 10 ? "0" : "") + String(month)
    }
}
