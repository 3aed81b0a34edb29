import Foundation

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
enum RetryAfter {
    /// No receiver is waited for longer.
    static let longest = Duration.seconds(60)

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static let httpDate = Date.ParseStrategy(
        format: """
            \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .padded(4)) \
            \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT
            """, locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt)

    /// - Returns: from zero to ``longest``; `nil` for what is neither.
    static func wait(_ text: String?, now: Date) -> Duration? {
        guard let text, (1...40).contains(text.utf8.count) else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(text).map { min(.seconds($0), longest) } ?? longest  // more digits than a number holds
        }
        guard let date = try? Date(text, strategy: httpDate) else { return nil }
        let seconds = min(max(0, date.timeIntervalSince(now)), longest / .seconds(1))
        return .milliseconds(Int64((seconds * 1_000).rounded(.up)))
    }
}
