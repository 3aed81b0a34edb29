import Foundation

/// Chooses among variants in turn, so that the same words do not come twice in a row.
struct Phrasing: Sendable, Equatable, Codable {
    private var used: [String: Int] = [:]
    /// The agent that speaks, for `{agent}`.
    var agent = ""

    /// - Returns: the next of the variants that are known under `id`, `nil` when there are none.
    mutating func pick(_ variants: [String], under id: String) -> String? {
        guard !variants.isEmpty else { return nil }
        let count = used[id, default: 0]
        used[id] = (count + 1) % variants.count
        return variants[count % variants.count]
    }

    /// A phrase of the pack, filled in. Empty when the pack lacks it, which its validation reports.
    mutating func phrase(_ key: Phrases.Key, in pack: DomainPack, title: String = "") -> String {
        guard let text = pick(pack.phrases.variants[key] ?? [], under: "phrase." + key.rawValue) else { return "" }
        return fill(text, in: pack, title: title)
    }

    func fill(_ text: String, in pack: DomainPack, title: String = "") -> String {
        guard let template = try? Template(text) else { return "" }
        let formatter = ValueFormatter(currency: pack.currency, now: .distantPast)
        return
            (try? template.rendered(formatter) { name in
                switch name {
                case "title": title
                case "agent": agent
                default: Self.constant(name, in: pack)
                }
            }) ?? ""
    }

    /// What is the same throughout the pack.
    static func constant(_ name: String, in pack: DomainPack) -> String? {
        switch name {
        case "organisation": pack.organisation
        case "capabilities": list(pack.workflows.filter { !$0.isFragment && !$0.title.isEmpty }.map(\.title))
        default: nil
        }
    }

    /// `a`, `a or b`, `a, b or c`.
    static func list(_ items: [String]) -> String {
        guard let last = items.last else { return "" }
        return items.count == 1 ? last : items.dropLast().joined(separator: ", ") + " or " + last
    }
}
