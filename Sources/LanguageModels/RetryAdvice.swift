import Foundation

/// What a reply's header fields say about asking again.
///
/// `retry-after` (RFC 9110, 10.2.3: seconds or a date), `retry-after-ms`, `x-should-retry`; OpenAI's `x-ratelimit-reset-…` (`6m0s`, `20ms`);
/// Anthropic's `anthropic-ratelimit-…-reset` (RFC 3339).
struct RetryAdvice {
    /// From `retry-after-ms`, else `retry-after`.
    private(set) var stated: Duration?
    /// The longest reset of a limit that has nothing left; of all limits when none says what is left.
    private var reset: Duration?
    private(set) var shouldRetry: Bool?
    /// For a 429.
    var whenLimited: Duration? { stated ?? reset }

    /// No provider is believed beyond a day.
    static let longest = Duration.seconds(86_400)
    static let none = RetryAdvice()

    private init() {}

    /// - Parameters:
    ///   - headers: lower-case names.
    ///   - now: for dates, when the reply has none of its own to hold them against.
    init(_ headers: [(name: String, value: String)], now: Date) {
        func field(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        let now = field("date").flatMap(Self.httpDate) ?? now
        if let milliseconds = field("retry-after-ms").flatMap(Self.decimal) {
            stated = Self.bounded(milliseconds / 1_000)
        } else if let text = field("retry-after") {
            stated = Self.decimal(text).map(Self.bounded) ?? Self.httpDate(text).map { Self.bounded($0.timeIntervalSince(now)) }
        }
        switch field("x-should-retry") {
        case "true": shouldRetry = true
        case "false": shouldRetry = false
        default: break
        }
        var resets: [(wait: Duration, isSpent: Bool?)] = []
        for (name, value) in headers {
            let wait: Duration?, remaining: String
            if name.hasPrefix("x-ratelimit-reset-") {
                wait = Self.duration(value)
                remaining = "x-ratelimit-remaining-" + name.dropFirst("x-ratelimit-reset-".count)
            } else if name.hasPrefix("anthropic-ratelimit-"), name.hasSuffix("-reset") {
                wait = Self.timestamp(value).map { Self.bounded($0.timeIntervalSince(now)) }
                remaining = name.dropLast("reset".count) + "remaining"
            } else {
                continue
            }
            if let wait { resets.append((wait, field(remaining).map { $0 == "0" })) }
        }
        let spent = resets.filter { $0.isSpent == true }
        reset = (spent.isEmpty ? resets : spent).map(\.wait).max()
    }

    // MARK: Forms of time

    /// `1s`, `6m0s`, `1h2m3.5s`, `20ms`; a bare number is seconds.
    static func duration(_ text: String) -> Duration? {
        if let seconds = decimal(text) { return bounded(seconds) }
        var rest = text[...], total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { $0.isLetter }
            rest = rest[unit.endIndex...]
            guard let value = decimal(String(number)), let scale = units[String(unit)] else { return nil }
            total += value * scale
        }
        return text.isEmpty ? nil : bounded(total)
    }

    private static let units = ["d": 86_400.0, "h": 3_600, "m": 60, "s": 1, "ms": 0.001, "us": 0.000_001, "µs": 0.000_001, "ns": 0.000_000_001]

    /// Digits with at most one point: no sign, no exponent, no `nan`.
    private static func decimal(_ text: String) -> Double? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }) else { return nil }
        return Double(text)
    }

    private static func bounded(_ seconds: Double) -> Duration {
        .milliseconds(Int64((min(max(0, seconds), 86_400) * 1_000).rounded(.up)))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func httpDate(_ text: String) -> Date? {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let month = months.firstIndex(of: parts[2]), let year = Int(parts[3])
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (1...31).contains(day), (1970...9999).contains(year) else { return nil }
        return timestamp(
            "\(year)-\(padded(month + 1))-\(padded(day))T\(clock.map(padded).joined(separator: ":"))Z")
    }
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// RFC 3339, with or without fractions of a second.
    private static func timestamp(_ text: String) -> Date? {
        (try? Date(text, strategy: Date.ISO8601FormatStyle())) ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
