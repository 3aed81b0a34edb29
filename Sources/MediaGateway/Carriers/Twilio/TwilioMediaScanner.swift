import Glibc

/// Where things lie in one inbound `media` message. Offsets only: nothing is copied or allocated.
public struct TwilioMediaFields: Sendable, Equatable {
    /// Base64, not yet checked: decoding does that.
    public var payload = 0, payloadCount = 0
    /// 1…64 printable characters.
    public var streamSid = 0, streamSidCount = 0
    /// Milliseconds since the stream's start.
    public var timestamp = 0
    /// Counts every message of the stream, from 1; 0 when it was not sent.
    public var sequenceNumber = 0
    public init() {}
}

/// The fast path for what makes 99 % of a call's messages. One pass, any key order, any white space.
///
/// Says `media` only for what the full parser would read alike: escapes, numbers, unknown objects, another track, repeated keys and
/// whatever else is odd go there. The one thing it leaves open is the payload, which only strict Base64 decoding can judge.
public enum TwilioMediaScanner {
    public enum Outcome: Sendable { case media, needsFullParser }

    /// Longer values than these of short fields go to the full parser.
    static let shortValue = 64

    /// - Parameters:
    ///   - message: one whole text message; read, never kept.
    ///   - fields: valid only after `media`.
    @unsafe public static func scan(_ message: UnsafeRawBufferPointer, into fields: inout TwilioMediaFields) -> Outcome {
        guard let base = message.baseAddress else { return .needsFullParser }
        var cursor = unsafe JSONCursor(base.assumingMemoryBound(to: UInt8.self), message.count)
        fields = TwilioMediaFields()
        var seen: UInt8 = 0  // one bit a key, so that a repeated one is noticed
        var key = 0, keyCount = 0, value = 0, valueCount = 0
        cursor.skipSpace()
        guard cursor.take(0x7B) else { return .needsFullParser }
        while true {
            cursor.skipSpace()
            guard cursor.shortString(&key, &keyCount), cursor.takeColon() else { return .needsFullParser }
            if cursor.equals(key, keyCount, "media") {
                guard seen & 1 == 0, scanMedia(&cursor, &fields) else { return .needsFullParser }
                seen |= 1
            } else {
                guard cursor.shortString(&value, &valueCount) else { return .needsFullParser }
                if cursor.equals(key, keyCount, "event") {
                    guard seen & 2 == 0, cursor.equals(value, valueCount, "media") else { return .needsFullParser }
                    seen |= 2
                } else if cursor.equals(key, keyCount, "streamSid") {
                    guard seen & 4 == 0, valueCount > 0 else { return .needsFullParser }
                    (fields.streamSid, fields.streamSidCount) = (value, valueCount)
                    seen |= 4
                } else if cursor.equals(key, keyCount, "sequenceNumber") {
                    guard seen & 8 == 0, cursor.decimal(value, valueCount, &fields.sequenceNumber) else { return .needsFullParser }
                    seen |= 8
                } else {
                    return .needsFullParser
                }
            }
            cursor.skipSpace()
            if cursor.take(0x2C) { continue }
            guard cursor.take(0x7D) else { return .needsFullParser }
            cursor.skipSpace()
            return cursor.isAtEnd && seen & 7 == 7 ? .media : .needsFullParser
        }
    }

    /// The object behind `media`.
    private static func scanMedia(_ cursor: inout JSONCursor, _ fields: inout TwilioMediaFields) -> Bool {
        var seen: UInt8 = 0
        var key = 0, keyCount = 0, value = 0, valueCount = 0
        guard cursor.take(0x7B) else { return false }
        while true {
            cursor.skipSpace()
            guard cursor.shortString(&key, &keyCount), cursor.takeColon() else { return false }
            if cursor.equals(key, keyCount, "payload") {
                guard seen & 1 == 0, cursor.longString(&fields.payload, &fields.payloadCount), fields.payloadCount > 0 else { return false }
                seen |= 1
            } else {
                guard cursor.shortString(&value, &valueCount) else { return false }
                if cursor.equals(key, keyCount, "timestamp") {
                    guard seen & 2 == 0, cursor.decimal(value, valueCount, &fields.timestamp) else { return false }
                    seen |= 2
                } else if cursor.equals(key, keyCount, "track") {
                    guard seen & 4 == 0, cursor.equals(value, valueCount, "inbound") else { return false }
                    seen |= 4
                } else if cursor.equals(key, keyCount, "chunk") {
                    var chunk = 0
                    guard seen & 8 == 0, cursor.decimal(value, valueCount, &chunk) else { return false }
                    seen |= 8
                } else {
                    return false
                }
            }
            cursor.skipSpace()
            if cursor.take(0x2C) { continue }
            return cursor.take(0x7D) && seen & 3 == 3
        }
    }
}

/// A place in a message. Never reads beyond its end.
@safe struct JSONCursor {
    private let base: UnsafePointer<UInt8>
    private let count: Int
    private var at = 0

    init(_ base: UnsafePointer<UInt8>, _ count: Int) { unsafe (self.base, self.count) = (base, count) }

    var isAtEnd: Bool { at == count }

    mutating func skipSpace() {
        while at < count {
            let byte = unsafe base[at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D else { return }
            at &+= 1
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard at < count, unsafe base[at] == byte else { return false }
        at &+= 1
        return true
    }

    mutating func takeColon() -> Bool {
        skipSpace()
        guard take(0x3A) else { return false }
        skipSpace()
        return true
    }

    /// A string of at most ``TwilioMediaScanner/shortValue`` printable ASCII characters without escapes.
    mutating func shortString(_ start: inout Int, _ length: inout Int) -> Bool {
        guard take(0x22) else { return false }
        start = at
        let limit = min(count, at &+ TwilioMediaScanner.shortValue &+ 1)
        while at &+ 8 <= limit {
            let odd = Self.oddBytes(unsafe UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self).littleEndian)
            at &+= odd.trailingZeroBitCount / 8  // 8 when there is none
            if odd != 0 { break }
        }
        while at < limit {
            let byte = unsafe base[at]
            if byte == 0x22 {
                length = at &- start
                at &+= 1
                return true
            }
            guard byte >= 0x20, byte < 0x7F, byte != 0x5C else { return false }
            at &+= 1
        }
        return false
    }

    /// The high bit of each byte that is a quote, a backslash, a control character or beyond ASCII. Above the lowest one found there may be
    /// others that are none of these (Hacker's Delight, 6-1).
    private static func oddBytes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101, high: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22), escape = word ^ (ones &* 0x5C)
        let zero = ((quote &- ones) & ~quote) | ((escape &- ones) & ~escape)
        return (zero | ((word &- ones &* 0x20) & ~word) | word) & high
    }

    /// A string of any length up to the next quote; what is in it is not looked at.
    mutating func longString(_ start: inout Int, _ length: inout Int) -> Bool {
        guard take(0x22), let quote = unsafe memchr(base + at, 0x22, count &- at) else { return false }
        start = at
        length = unsafe UnsafeRawPointer(quote) - UnsafeRawPointer(base) &- at
        at = start &+ length &+ 1
        return true
    }

    func equals(_ start: Int, _ length: Int, _ word: StaticString) -> Bool {
        unsafe length == word.utf8CodeUnitCount && memcmp(base + start, word.utf8Start, length) == 0
    }

    /// 1…15 decimal digits.
    func decimal(_ start: Int, _ length: Int, _ number: inout Int) -> Bool {
        guard length > 0, length <= 15 else { return false }
        var total = 0
        for index in start..<start &+ length {
            let digit = unsafe base[index] &- 0x30
            guard digit <= 9 else { return false }
            total = total &* 10 &+ Int(digit)
        }
        number = total
        return true
    }
}
