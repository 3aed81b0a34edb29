import AudioCodec
import Glibc

/// Writes one stream's outbound messages into memory that the call owns, with room in front for libwebsockets' frame header.
///
/// ```
/// [16 headroom | {"event":"media","streamSid":"MZ…","media":{"payload":" | Base64 … "}}]
/// [16 headroom | {"event":"mark","streamSid":"MZ…","mark":{"name":"      | e7:12"}}     ]
/// [16 headroom | {"event":"clear","streamSid":"MZ…"}                                     ]
/// ```
/// What never changes is written once, at `start`; a frame then costs its Base64. Confined to the call's event loop.
@safe public struct TwilioSerializer: ~Copyable {
    /// Bytes in front of each text that the transport may write to (`LWS_PRE`).
    public static let headroom = 16
    private static let markRoom = 32
    private static let ending: StaticString = "\"}}"

    private let buffer: UnsafeMutableRawBufferPointer
    private let tables: CodecTables
    private let mediaStart: Int, mediaPrefix: Int, maximumAudio: Int
    private let markStart: Int, markPrefix: Int
    private let clearStart: Int, clearCount: Int
    /// The stream's own name, as it stands in the clear text.
    private let sidStart: Int, sidCount: Int

    /// Bytes of buffer for messages of up to `maximumAudioBytes` of µ-law.
    public static func bufferSize(maximumAudioBytes: Int) -> Int {
        let sid = TwilioIdentifier.maximumLength
        return 3 * headroom + 64 + sid + Base64.encodedCount(maximumAudioBytes) + 64 + sid + markRoom + 64 + sid
    }

    /// - Parameters:
    ///   - streamSid: from `start`; 1…64 letters, digits, `_` and `-`.
    ///   - buffer: ``bufferSize(maximumAudioBytes:)`` bytes that outlive this value and that nothing else writes to.
    ///   - maximumAudioBytes: the largest frame, 8,000 bytes a second.
    /// - Throws: ``TwilioMessageError`` for a streamSid that cannot stand in JSON as it is, or a buffer that is too small.
    @unsafe public init(streamSid: String, buffer: UnsafeMutableRawBufferPointer, maximumAudioBytes: Int) throws(TwilioMessageError) {
        guard TwilioIdentifier.isValid(streamSid) else { throw TwilioMessageError(.badValue, "streamSid: expected letters and digits") }
        let needed = Self.bufferSize(maximumAudioBytes: maximumAudioBytes)
        guard buffer.count >= needed else {
            throw TwilioMessageError(.tooLarge, "the buffer has \(buffer.count) bytes, expected \(needed)")
        }
        unsafe self.buffer = buffer
        (tables, maximumAudio) = (.shared, maximumAudioBytes)
        func write(_ text: String, at start: Int) -> Int {
            var at = start
            for byte in text.utf8 {
                unsafe buffer[at] = byte
                at += 1
            }
            return at
        }
        mediaStart = Self.headroom
        mediaPrefix = write("{\"event\":\"media\",\"streamSid\":\"\(streamSid)\",\"media\":{\"payload\":\"", at: mediaStart)
        markStart = mediaPrefix + Base64.encodedCount(maximumAudioBytes) + Self.ending.utf8CodeUnitCount + Self.headroom
        markPrefix = write("{\"event\":\"mark\",\"streamSid\":\"\(streamSid)\",\"mark\":{\"name\":\"", at: markStart)
        clearStart = markPrefix + Self.markRoom + Self.headroom
        sidStart = write("{\"event\":\"clear\",\"streamSid\":\"", at: clearStart)
        sidCount = streamSid.utf8.count
        clearCount = write("\(streamSid)\"}", at: sidStart) - clearStart
    }

    /// One `media` message.
    /// - Parameter audio: µ-law, 1…`maximumAudioBytes` bytes.
    /// - Returns: the text, valid until the next `media`; ``headroom`` bytes lie before it. Empty if `audio` does not fit.
    @unsafe public mutating func media(_ audio: UnsafeRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        guard let from = audio.baseAddress, audio.count <= maximumAudio, let base = unsafe buffer.baseAddress else {
            return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        let text = unsafe (base + mediaPrefix).assumingMemoryBound(to: UInt8.self)
        let count = unsafe Base64.encode(from.assumingMemoryBound(to: UInt8.self), count: audio.count, into: text, tables: tables)
        let end = unsafe close(at: mediaPrefix + count, base)
        return unsafe UnsafeMutableRawBufferPointer(start: base + mediaStart, count: end - mediaStart)
    }

    /// One `mark` message.
    /// - Returns: the text, valid until the next `mark`; ``headroom`` bytes lie before it.
    @unsafe public mutating func mark(_ name: TwilioMarkName) -> UnsafeMutableRawBufferPointer {
        guard let base = unsafe buffer.baseAddress else { return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        var at = markPrefix
        unsafe base.storeBytes(of: UInt8(ascii: "e"), toByteOffset: at, as: UInt8.self)
        at = unsafe decimal(name.epoch, at: at + 1, base)
        unsafe base.storeBytes(of: UInt8(ascii: ":"), toByteOffset: at, as: UInt8.self)
        at = unsafe decimal(name.number, at: at + 1, base)
        let end = unsafe close(at: at, base)
        return unsafe UnsafeMutableRawBufferPointer(start: base + markStart, count: end - markStart)
    }

    /// The `clear` message. ``headroom`` bytes lie before it.
    @unsafe public mutating func clear() -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[clearStart..<clearStart + clearCount])
    }

    /// Whether a scanned message belongs to this stream.
    @unsafe public func isOurs(_ fields: TwilioMediaFields, in message: UnsafeRawBufferPointer) -> Bool {
        guard fields.streamSidCount == sidCount, fields.streamSid + sidCount <= message.count, let ours = unsafe buffer.baseAddress,
            let theirs = message.baseAddress
        else { return false }
        return unsafe memcmp(ours + sidStart, theirs + fields.streamSid, sidCount) == 0
    }

    private func close(at: Int, _ base: UnsafeMutableRawPointer) -> Int {
        unsafe memcpy(base + at, Self.ending.utf8Start, Self.ending.utf8CodeUnitCount)
        return at + Self.ending.utf8CodeUnitCount
    }

    private func decimal(_ number: UInt32, at start: Int, _ base: UnsafeMutableRawPointer) -> Int {
        var divisor: UInt32 = 1
        while number / divisor >= 10 { divisor *= 10 }
        var at = start, rest = number
        while divisor > 0 {
            unsafe base.storeBytes(of: UInt8(ascii: "0") + UInt8(rest / divisor), toByteOffset: at, as: UInt8.self)
            rest %= divisor
            divisor /= 10
            at += 1
        }
        return at
    }
}
