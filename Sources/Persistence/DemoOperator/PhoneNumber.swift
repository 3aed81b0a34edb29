/// A telephone number in whatever way it was written or said: only its digits count.
struct PhoneNumber: Sendable, Equatable {
    /// As many last digits as identify a subscriber when the caller leaves out area and country.
    static let significantDigits = 7
    let digits: String

    init(_ text: String) { digits = String(text.unicodeScalars.filter { ("0"..."9").contains($0) }.map(Character.init)) }

    /// `nil` when there are too few digits to tell whose it is.
    var lastDigits: String? { digits.count >= Self.significantDigits ? String(digits.suffix(Self.significantDigits)) : nil }

    /// Whether one of the two is the other without its first digits, and at least ``significantDigits`` long.
    func matches(_ other: PhoneNumber) -> Bool {
        lastDigits != nil && other.lastDigits != nil && (digits.hasSuffix(other.digits) || other.digits.hasSuffix(digits))
    }
}
