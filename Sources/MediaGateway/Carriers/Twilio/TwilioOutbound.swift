import AudioCodec
import Glibc
import WebSocketTransport

/// What one stream sends. The media message's unchanging part is written once, behind the transport's headroom; a frame costs its
/// Base64 and nothing is allocated or copied.
///
/// ```
/// {"event":"media","streamSid":"MZ…","media":{"payload":" | Base64 | "}}
/// ```
@safe final class TwilioOutbound {
    let streamSid: String
    private var media: OutboundBuffer
    private let prefix: Int
    private let tables = CodecTables.shared
    private let codes: UnsafeMutablePointer<UInt8>
    /// Codes in the largest frame.
    private static let largestFrame = 160

    /// - Returns: `nil` for a streamSid that cannot stand in JSON as it is.
    init?(streamSid: String) {
        guard TwilioIdentifier.isValid(streamSid) else { return nil }
        self.streamSid = streamSid
        unsafe codes = .allocate(capacity: Self.largestFrame)
        unsafe codes.initialize(repeating: MuLaw.silence, count: Self.largestFrame)
        media = OutboundBuffer(capacity: 128 + streamSid.utf8.count + Base64.encodedCount(Self.largestFrame))
        media.append("{\"event\":\"media\",\"streamSid\":\"\(streamSid)\",\"media\":{\"payload\":\"" as String)
        prefix = media.count
    }

    deinit { unsafe codes.deallocate() }

    /// Sends one frame.
    /// - Parameter frame: 1…160 bytes of µ-law.
    /// - Returns: false when the socket is stuck or gone.
    func send(_ frame: Span<UInt8>, on connection: WebSocketConnection) -> Bool {
        media.truncate(to: prefix)
        unsafe frame.withUnsafeBufferPointer { codes in
            guard let from = codes.baseAddress else { return }
            unsafe media.appendUnsafely { room in
                unsafe Base64.encode(from, count: codes.count, into: room.baseAddress!.assumingMemoryBound(to: UInt8.self), tables: tables)
            }
        }
        media.append("\"}}" as StaticString)
        return connection.send(text: media)
    }

    /// Sends one frame of a loopback: compressed, then as ``send(_:on:)``.
    func send(samples: Span<Int16>, on connection: WebSocketConnection) -> Bool {
        let count = min(samples.count, Self.largestFrame)
        var room = unsafe MutableSpan(_unsafeStart: codes, count: count)
        tables.encodeMuLaw(samples.extracting(first: count), into: &room)
        return send(room.span, on: connection)
    }

    /// - Parameter name: of the mark: letters, digits and dots.
    func mark(_ name: String) -> String { "{\"event\":\"mark\",\"streamSid\":\"\(streamSid)\",\"mark\":{\"name\":\"\(name)\"}}" }

    var clear: String { "{\"event\":\"clear\",\"streamSid\":\"\(streamSid)\"}" }

    /// Whether a scanned message belongs to this stream.
    func isOurs(_ fields: TwilioMediaFields, in message: RawSpan) -> Bool {
        var streamSid = streamSid
        return streamSid.withUTF8 { ours in
            guard ours.count == fields.streamSidCount else { return false }
            return unsafe message.withUnsafeBytes { theirs in
                unsafe memcmp(ours.baseAddress!, theirs.baseAddress! + fields.streamSid, ours.count) == 0
            }
        }
    }
}
