/// What speaking costs.
public struct PriceBook: Sendable, Hashable {
    /// The most characters that one reply is priced for: a longer one is priced as this long, and it is refused long before.
    public static let longestReply = 1_000_000
    private let prices: [String: Int]

    public init(_ tiers: [Tier]) {
        prices = Dictionary(tiers.map { ($0.name, $0.priceMicroDollars) }, uniquingKeysWith: { first, _ in first })
    }

    /// The price of a text, in micro-dollars, rounded up: a started thousandth of a cent is never given away.
    /// - Parameter characters: 0…``longestReply``; what lies outside is taken as the nearer end.
    /// - Returns: `nil` for a tier that is not in the book.
    public func price(ofCharacters characters: Int, on tier: String) -> Int? {
        guard let perThousand = prices[tier] else { return nil }
        let characters = min(max(characters, 0), Self.longestReply)
        return (characters * perThousand + 999) / 1_000
    }
}
