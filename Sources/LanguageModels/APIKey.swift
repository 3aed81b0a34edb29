/// A provider's key. Prints as `(hidden)`, whatever prints it.
public struct APIKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The key itself: for the header field that carries it.
    let value: String

    /// - Returns: `nil` for what no header field can carry: nothing, or more than visible ASCII. Blanks around it are dropped.
    public init?(_ text: String) {
        let blank: [Character] = [" ", "\t", "\n", "\r", "\r\n"]
        var trimmed = text[...]
        while let last = trimmed.last, blank.contains(last) { trimmed.removeLast() }
        trimmed = trimmed.drop { blank.contains($0) }
        guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        value = String(trimmed)
    }

    public var description: String { "(hidden)" }
    public var debugDescription: String { "(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
