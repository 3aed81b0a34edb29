/// Whether words of a model say that something was done, or what something costs. It can do nothing and knows no account, so that both are
/// made up; only workflows say such things.
enum PromisedDeeds {
    private static let deeds: Set<Substring> = [
        "activated", "added", "adjusted", "applied", "approved", "arranged", "booked", "cancelled", "canceled", "changed", "completed", "confirmed", "credited",
        "deactivated", "disabled", "enabled", "extended", "fixed", "issued", "moved", "ordered", "paid", "placed", "processed", "refunded", "registered",
        "removed", "renewed", "reset", "resolved", "scheduled", "sent", "submitted", "switched", "transferred", "updated", "upgraded", "waived",
    ]
    /// In front of a deed, with at most three words between.
    private static let claims: Set<Substring> = ["i've", "we've", "have", "has", "been", "is", "are", "was", "were", "i", "we", "now", "successfully"]
    private static let people: Set<Substring> = [
        "i", "i've", "we", "we've", "your", "it", "it's", "that", "that's", "this", "everything", "account", "plan", "bill",
    ]
    private static let currencies: Set<Substring> = ["dollar", "dollars", "cents", "euro", "euros", "pounds"]

    static func stand(in text: String) -> Bool {
        if text.contains(where: { "$€£".contains($0) }) { return true }
        for sentence in text.lowercased().replacing("’", with: "'").split(whereSeparator: { ".!?\n".contains($0) }) {
            let words = sentence.split { !$0.isLetter && $0 != "'" }
            if !currencies.isDisjoint(with: words) { return true }
            // "If it was changed", "once you have paid", "can be changed": nothing that is claimed.
            if words.contains(where: { ["if", "when", "once", "can", "could", "cannot", "can't", "not", "after", "until"].contains($0) }) { continue }
            for (index, word) in words.enumerated() where deeds.contains(word) {
                let before = words[max(0, index - 4)..<index]
                if before.contains(where: claims.contains), words[..<index].contains(where: people.contains) { return true }
            }
        }
        return false
    }
}
