/// Repeatable random texts (SplitMix64), rich in what trips parsers.
struct Generator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func number(below bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }

    private static let pieces = [
        "0", "1", "12", "2026", "999999999999999999999", "$", "€", "₹", "%", ".", ",", ":", "/", "-", "–", "+", "(", ")", "[", "](", "<", ">", "#", "*", "**",
        "****", "_", "@", "&", "~", "'",
        " ", "  ", "\n", "\t", "a", "A", "pm", "a.m.", "th", "st", "Mr.", "e.g.", "St.", "GB", "Mbps", "March", "may", "T", "http://", "www.", ".com", "and",
        "half", "hundred", "thousand", "point", "double",
        "five", "twenty", "oh", "a", "dollars", "next", "month", "yes", "no", "🎉", "👩‍👩‍👧", "é", "ß", "中文", "٣", "\u{0301}", "\u{200D}", "½", "…", "\u{0}",
        "\u{7F}", "°", "²", "Ⅳ", "ǅ", "़",
    ]

    mutating func text(upTo length: Int) -> String {
        (0..<number(below: length)).map { _ in
            number(below: 12) == 0
                ? String(Unicode.Scalar(UInt32(number(below: 0xD7FF))).map(Character.init) ?? "x") : Self.pieces[number(below: Self.pieces.count)]
        }.joined(separator: number(below: 2) == 0 ? "" : " ")
    }
}
