/// The number in front of each message of a client that gives one: 16 bits that count up and around, as RTP's do (RFC 3550, 5.1).
///
/// A WebSocket loses nothing: what is missing was lost before it, on the way from a browser to a relay. It decides only.
struct AudioSequence {
    enum Verdict: Equatable {
        /// Its turn, after so many that did not come.
        case next(lost: Int)
        /// After its turn, or for the second time.
        case late
        /// So far away that nothing is known of what lies between.
        case broken
    }
    /// Missing ones that something can stand for: 200 ms of usual packets.
    static let mostLost = 10
    /// What is further behind is no straggler, but a sender that counts anew (`MAX_MISORDER` in RFC 3550, A.1).
    static let mostBehind = 100

    private var last: UInt16?

    mutating func observe(_ number: UInt16) -> Verdict {
        guard let last else {
            self.last = number
            return .next(lost: 0)
        }
        let step = Int(Int16(bitPattern: number &- last))
        if (-Self.mostBehind...0).contains(step) { return .late }
        self.last = number
        return (1...Self.mostLost + 1).contains(step) ? .next(lost: step - 1) : .broken
    }
}
