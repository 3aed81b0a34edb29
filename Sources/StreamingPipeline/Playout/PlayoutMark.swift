/// A place in a reply that the carrier reports when its playback gets there.
public struct PlayoutMark: Sendable, Hashable {
    /// The turn that the reply belongs to.
    public var generation: Int
    /// Counts from 1 within the call.
    public var number: Int
    /// Counts what made the carrier drop its audio: an echo of an older epoch says that a mark was dropped, not heard.
    public var epoch: Int
    public init(generation: Int, number: Int, epoch: Int) {
        (self.generation, self.number, self.epoch) = (generation, number, epoch)
    }

    /// Its name on the wire, e.g. `g3.12.e1`.
    public var name: String { "g\(generation).\(number).e\(epoch)" }

    /// Reads a name; `nil` when it is not one of ours.
    public init?(name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].first == "g", parts[2].first == "e",
            let generation = Self.number(parts[0].dropFirst()), let number = Self.number(parts[1]),
            let epoch = Self.number(parts[2].dropFirst())
        else { return nil }
        self.init(generation: generation, number: number, epoch: epoch)
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(text) : nil
    }
}

/// What a returned mark proves.
public enum MarkVerdict: Sendable, Equatable {
    /// The reply was heard up to here.
    case heard(samples: Int)
    /// It came back before its audio can have been played: no evidence, the clock is used instead.
    case implausible
    /// The carrier dropped it on our `clear`.
    case flushed
    /// Not one that is out: never sent, or back for the second time.
    case unknown
}
