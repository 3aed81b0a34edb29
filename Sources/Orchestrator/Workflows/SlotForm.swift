/// The normal form of each type of value, as ``Entity`` states it.
public enum SlotForm {
    /// What the form is, for whoever has to mend a value.
    public static func describe(_ type: SlotType) -> String {
        switch type {
        case .text: "1 to 500 characters"
        case .number: "a decimal number"
        case .money: "decimal, at most two places, e.g. 42.50"
        case .date: "a day as YYYY-MM-DD"
        case .month: "a month as YYYY-MM"
        case .phone: "7 to 15 digits, + in front allowed"
        case .data: "megabytes, or a number with KB, MB, GB or TB"
        case .plan, .choice: "one of the listed values"
        case .confirmation: "yes or no"
        }
    }

    /// - Parameter options: what `plan` and `choice` allow; empty allows any text.
    public static func accepts(_ value: String, as type: SlotType, options: [String] = []) -> Bool {
        switch type {
        case .text: !value.isEmpty && value.count <= 500
        case .number: decimal(value[...]) != nil
        case .money: isMoney(value)
        case .date: CalendarDay.parse(value) != nil
        case .month: CalendarDay.parseMonth(value) != nil
        case .phone: isPhone(value)
        case .data: magnitude(value, as: .data) != nil
        case .plan, .choice: options.isEmpty ? !value.isEmpty && value.count <= 500 : options.contains(value)
        case .confirmation: value == "yes" || value == "no"
        }
    }

    /// The number in a value, for range checks: dollars, megabytes or a plain number.
    public static func magnitude(_ value: String, as type: SlotType) -> Double? {
        guard type == .data else { return decimal(value[...]) }
        let factors: [(unit: String, megabytes: Double)] = [("KB", 0.001), ("MB", 1), ("GB", 1_000), ("TB", 1_000_000)]
        for (unit, megabytes) in factors where value.uppercased().hasSuffix(unit) {
            let number = value.dropLast(2)
            return decimal(number.last == " " ? number.dropLast() : number).map { $0 * megabytes }
        }
        return decimal(value[...])
    }

    private static func decimal(_ text: Substring) -> Double? {
        let digits = text.first == "-" ? text.dropFirst() : text
        guard let first = digits.first, let last = digits.last, isDigit(first), isDigit(last), digits.count <= 18,
            digits.allSatisfy({ isDigit($0) || $0 == "." }), let number = Double(text)
        else { return nil }
        return number
    }

    private static func isMoney(_ value: String) -> Bool {
        guard decimal(value[...]) != nil else { return false }
        guard let point = value.firstIndex(of: ".") else { return true }
        return value[point...].count <= 3
    }

    private static func isPhone(_ value: String) -> Bool {
        let digits = value.hasPrefix("+") ? value.dropFirst() : value[...]
        return 7...15 ~= digits.count && digits.allSatisfy(isDigit)
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
