/// Whole numbers and digit strings as the words people say for them (American English, no hyphens, no "and").
public enum NumberWords {
    static let small = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
        "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    private static let scales = ["", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"]
    private static let irregularOrdinals = [
        "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
    ]

    /// 1250 -> "one thousand two hundred fifty". Any `Int`.
    public static func cardinal(_ value: Int) -> String {
        guard value != 0 else { return small[0] }
        var groups: [String] = []
        var rest = value.magnitude
        for scale in scales where rest > 0 {
            let group = Int(rest % 1_000)
            if group > 0 { groups.append(scale.isEmpty ? underThousand(group) : underThousand(group) + " " + scale) }
            rest /= 1_000
        }
        return (value < 0 ? "minus " : "") + groups.reversed().joined(separator: " ")
    }

    /// 21 -> "twenty first".
    public static func ordinal(_ value: Int) -> String {
        var words = cardinal(value).split(separator: " ").map(String.init)
        guard let last = words.popLast() else { return "" }
        if let irregular = irregularOrdinals[last] {
            words.append(irregular)
        } else {
            words.append(last.hasSuffix("y") ? last.dropLast() + "ieth" : last + "th")
        }
        return words.joined(separator: " ")
    }

    /// 2026 -> "twenty twenty six", 2005 -> "two thousand five", 1905 -> "nineteen oh five", 1900 -> "nineteen hundred".
    /// Outside 1100...2999 as a cardinal.
    public static func year(_ value: Int) -> String {
        let (century, rest) = (value / 100, value % 100)
        guard 1_100...2_999 ~= value, !(2_000...2_009 ~= value) else { return cardinal(value) }
        if rest == 0 { return century % 10 == 0 ? cardinal(value) : cardinal(century) + " hundred" }
        return cardinal(century) + (rest < 10 ? " oh " : " ") + cardinal(rest)
    }

    /// One word a digit: "4471" -> "four four seven one". Whatever is not an ASCII digit is passed over.
    public static func digits(_ text: some StringProtocol) -> String {
        text.utf8.compactMap { 48...57 ~= $0 ? small[Int($0 - 48)] : nil }.joined(separator: " ")
    }

    /// Digits in the groups people say them in, with a pause (a comma) between: 3-3-4 for ten digits, fours for cards.
    public static func groupedDigits(_ text: some StringProtocol) -> String {
        var rest = text.utf8.filter { 48...57 ~= $0 }[...]
        var groups: [String] = []
        for length in groupLengths(of: rest.count) {
            groups.append(rest.prefix(length).map { small[Int($0 - 48)] }.joined(separator: " "))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: ", ")
    }

    private static func groupLengths(of count: Int) -> [Int] {
        switch count {
        case 0...4: return [count]
        case 5: return [3, 2]
        case 6: return [3, 3]
        case 7: return [3, 4]
        case 9: return [3, 3, 3]
        case 10: return [3, 3, 4]
        case 11: return [1, 3, 3, 4]
        default:
            // Fours; a single digit left over joins the group before it.
            var lengths = Array(repeating: 4, count: count / 4)
            switch count % 4 {
            case 0: break
            case 1: lengths[lengths.count - 1] += 1
            default: lengths.append(count % 4)
            }
            return lengths
        }
    }

    private static func underThousand(_ value: Int) -> String {
        var words: [String] = []
        if value >= 100 { words.append(small[value / 100] + " hundred") }
        switch value % 100 {
        case 0: break
        case let rest where rest < 20: words.append(small[rest])
        case let rest: words.append(tens[rest / 10] + (rest % 10 > 0 ? " " + small[rest % 10] : ""))
        }
        return words.joined(separator: " ")
    }
}
