public import struct Foundation.Date

extension BudgetScope {
    /// The cap of a scope whose spending is only counted. A quarter of the range: sums of it do not overflow.
    public static let unlimitedMicroDollars = Int.max / 4

    /// `call:ID`.
    public static func call(_ id: String, capMicroDollars: Int) -> BudgetScope {
        BudgetScope(name: "call:\(id)", capMicroDollars: capMicroDollars)
    }

    /// `day:YYYY-MM-DD`, the UTC day of `date`.
    public static func day(_ date: Date, capMicroDollars: Int) -> BudgetScope {
        BudgetScope(name: "day:\(utcDay(date))", capMicroDollars: capMicroDollars)
    }

    /// Each name once: naming a scope twice does not charge it twice.
    public static func distinct(_ scopes: [BudgetScope]) -> [BudgetScope] {
        var seen = Set<String>()
        return scopes.filter { seen.insert($0.name).inserted }
    }

    /// Days since 1970 to a civil date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
    static func utcDay(_ date: Date) -> String {
        let days = Int((date.timeIntervalSince1970 / 86_400).rounded(.down)) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153  // March is 0
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}
