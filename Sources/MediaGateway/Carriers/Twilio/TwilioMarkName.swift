/// The name of a mark: `e<epoch>:<number>`. The epoch counts our `clear`s: an echo of an older one was thrown away, not heard.
public struct TwilioMarkName: Sendable, Hashable, CustomStringConvertible {
    public var epoch: UInt32
    public var number: UInt32
    public init(epoch: UInt32, number: UInt32) { (self.epoch, self.number) = (epoch, number) }

    /// `nil` for a name that is not ours.
    public init?(_ name: String) {
        guard name.hasPrefix("e"), let colon = name.firstIndex(of: ":") else { return nil }
        let epochDigits = name[name.index(after: name.startIndex)..<colon], digits = name[name.index(after: colon)...]
        guard [epochDigits, digits].allSatisfy({ $0.utf8.count <= 10 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let epoch = UInt32(epochDigits), let number = UInt32(digits)
        else { return nil }
        self.init(epoch: epoch, number: number)
    }
    public var description: String { "e\(epoch):\(number)" }
}
