extension QualificationRules {
    /// Characters of a turn that are looked at, and words that a phrase may have.
    static let maximumText = 2_000, maximumPhrase = 8

    /// The groups of ``words`` that a turn shows, in the pack's order. Words count whole: `outages` is no `outage`.
    ///
    /// The cost is that of the turn's words times ``maximumPhrase``, and one look-up for each phrase of the pack.
    public func groups(in text: String) -> [String] {
        guard !words.isEmpty else { return [] }
        let said = Self.words(of: text.prefix(Self.maximumText))
        var phrases: Set<String> = []
        for start in said.indices {
            var phrase = said[start]
            phrases.insert(phrase)
            for word in said[(start + 1)...].prefix(Self.maximumPhrase - 1) {
                phrase += " " + word
                phrases.insert(phrase)
            }
        }
        return words.filter { !phrases.isDisjoint(with: $0.words) }.map(\.name)
    }

    /// As turns and phrases are compared: lower case, without signs; apostrophes stay within a word.
    static func words(of text: some StringProtocol) -> [String] {
        let plain = text.lowercased().map { $0 == "’" ? "'" : $0.isLetter || $0.isNumber || $0 == "'" ? $0 : " " }
        return plain.split(separator: " ").compactMap { word in
            guard let first = word.firstIndex(where: { $0 != "'" }), let last = word.lastIndex(where: { $0 != "'" }) else { return nil }
            return String(word[first...last])
        }
    }
}
