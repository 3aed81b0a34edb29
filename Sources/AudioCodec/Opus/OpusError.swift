internal import COpus

/// Why Opus would not encode or decode. Holds numbers only, nothing of the audio.
public struct OpusError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Bytes that are no packet (RFC 6716, 3.4), or one that the decoder cannot follow. The next one may be good.
        case corruptPacket = "corrupt_packet"
        /// The room for the output is shorter than what comes out.
        case outputTooSmall = "output_too_small"
        /// A length, rate or setting that Opus does not have.
        case rejected
        case outOfMemory = "out_of_memory"
        /// The library broke a promise of its own.
        case broken
    }
    public var code: Code
    /// What was being done, with which numbers.
    public var detail: String
    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
    public var description: String { "Opus: \(detail): \(code.rawValue.replacing("_", with: " "))" }

    /// - Parameter status: one of libopus's negative codes.
    init(status: Int32, _ detail: @autoclosure () -> String) {
        let code: Code =
            switch status {
            case OPUS_INVALID_PACKET: .corruptPacket
            case OPUS_BUFFER_TOO_SMALL: .outputTooSmall
            case OPUS_BAD_ARG, OPUS_UNIMPLEMENTED: .rejected
            case OPUS_ALLOC_FAIL: .outOfMemory
            default: .broken
            }
        self.init(code, detail())
    }
}
