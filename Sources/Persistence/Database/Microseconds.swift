import struct Foundation.Date

/// How times are stored.
extension Date {
    init(microseconds: Int64) { self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
    /// Microseconds since 1970, UTC.
    var microseconds: Int64 { Int64((timeIntervalSince1970 * 1_000_000).rounded()) }
}

extension Duration {
    init(milliseconds: Double) { self = .nanoseconds(Int64((milliseconds * 1_000_000).rounded())) }
    var milliseconds: Double { Double(components.seconds) * 1_000 + Double(components.attoseconds) / 1e15 }
}
