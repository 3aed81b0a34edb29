import AudioCodec
import WireJSON

/// One message of Twilio Media Streams, from Twilio to us (protocol of 2026, "WebSocket Messages").
public enum TwilioMessage: Sendable, Equatable {
    case connected
    case start(Start)
    case media(Media)
    case dtmf(digit: Character)
    /// The carrier has played everything that was sent before this mark; or threw it away, after a `clear`.
    case mark(name: String)
    case stop(callSid: String)
    /// An event of a later protocol: tolerated.
    case unknown(event: String)

    public struct Start: Sendable, Equatable {
        public var streamSid: String
        public var callSid: String
        public var accountSid: String
        /// What our TwiML put into `<Parameter>`s, and nothing else.
        public var customParameters: [String: String]
        public init(streamSid: String, callSid: String, accountSid: String, customParameters: [String: String]) {
            (self.streamSid, self.callSid) = (streamSid, callSid)
            (self.accountSid, self.customParameters) = (accountSid, customParameters)
        }
    }

    public struct Media: Sendable, Equatable {
        public var streamSid: String
        /// True for what the caller says; a stream may also carry what the caller hears.
        public var isInbound: Bool
        /// Milliseconds since the stream's start.
        public var timestamp: Int
        /// 0 when it was not sent.
        public var sequenceNumber: Int
        /// µ-law, 8 kHz.
        public var payload: [UInt8]
        public init(streamSid: String, isInbound: Bool, timestamp: Int, sequenceNumber: Int, payload: [UInt8]) {
            (self.streamSid, self.isInbound, self.timestamp) = (streamSid, isInbound, timestamp)
            (self.sequenceNumber, self.payload) = (sequenceNumber, payload)
        }
    }
}

/// Why a message is none. Holds nothing of its content.
public struct TwilioMessageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case tooLarge = "too_large"
        /// Not JSON, or nested too deep.
        case notJSON = "not_json"
        case missing
        case wrongType = "wrong_type"
        /// A value that is too long, too many of them, or not of the form that the protocol gives it.
        case badValue = "bad_value"
    }
    /// For a metric's label.
    public var code: Code
    /// The field, e.g. `start.callSid`, and what it should have been.
    public var detail: String
    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
    init(_ error: JSONFieldError) {
        let code: Code =
            switch error.code {
            case .missing: .missing
            case .wrongType: .wrongType
            case .badValue: .badValue
            }
        self.init(code, error.detail)
    }
    public var description: String { "\(code.rawValue): \(detail)" }
}

extension TwilioMessage {
    /// One message, all its pieces together.
    public static let maximumBytes = 65_536
    /// Parameters that our own TwiML may have set, with room to spare.
    public static let maximumParameters = 64
    /// Twilio allows 500 characters for name and value together.
    static let maximumParameterLength = 1_000
    static let maximumNameLength = 256

    /// The full parser: any JSON, any key order, unknown fields ignored, known ones checked.
    /// - Throws: ``TwilioMessageError``.
    public init(parsing text: Span<UInt8>) throws(TwilioMessageError) {
        guard text.count <= Self.maximumBytes else {
            throw TwilioMessageError(.tooLarge, "\(text.count) bytes, at most \(Self.maximumBytes)")
        }
        let json: BoundedJSON
        do { json = try BoundedJSON(text) } catch {
            throw TwilioMessageError(.notJSON, "expected \(error.expected) at byte \(error.offset) of \(text.count)")
        }
        do { self = try Self.message(JSONFields(json)) } catch { throw TwilioMessageError(error) }
    }

    private static func message(_ fields: JSONFields) throws(JSONFieldError) -> TwilioMessage {
        let event = try fields.text("event", length: 1...maximumNameLength)
        switch event {
        case "connected": return .connected
        case "start": return .start(try Start(fields))
        case "media": return .media(try Media(fields))
        case "dtmf": return .dtmf(digit: try digit(fields))
        case "mark":
            _ = try fields.streamSid()
            return .mark(name: try fields.object("mark").text("name", length: 1...maximumNameLength))
        case "stop":
            _ = try fields.streamSid()
            return .stop(callSid: try fields.object("stop").identifier("callSid"))
        default: return .unknown(event: event)
        }
    }

    private static func digit(_ fields: JSONFields) throws(JSONFieldError) -> Character {
        _ = try fields.streamSid()
        let dtmf = try fields.object("dtmf")
        let digit = try dtmf.text("digit", length: 1...1)
        guard let key = digit.first, "0123456789*#ABCD".contains(key) else {
            throw dtmf.error(.badValue, "digit", "expected one of 0-9, *, # and A-D")
        }
        return key
    }
}

extension TwilioMessage.Start {
    fileprivate init(_ fields: JSONFields) throws(JSONFieldError) {
        let start = try fields.object("start")
        let streamSid = try fields.streamSid()
        guard try start.identifier("streamSid") == streamSid else {
            throw start.error(.badValue, "streamSid", "expected the message's streamSid")
        }
        let format = try start.object("mediaFormat")
        let encoding = try format.text("encoding", length: 1...64)
        guard encoding == "audio/x-mulaw", try format.integer("sampleRate") == 8_000, try format.integer("channels") == 1 else {
            throw start.error(.badValue, "mediaFormat", "expected audio/x-mulaw, 8000, 1")
        }
        var parameters: [String: String] = [:]
        if let given = try start.optionalObject("customParameters") {
            let members = given.members
            guard members.count <= TwilioMessage.maximumParameters else {
                throw start.error(.badValue, "customParameters", "\(members.count) of them, at most \(TwilioMessage.maximumParameters)")
            }
            for (name, value) in members {
                guard case .string(let text) = value else {
                    throw start.error(.wrongType, "customParameters", "expected strings")
                }
                guard name.utf8.count + text.utf8.count <= TwilioMessage.maximumParameterLength else {
                    throw start.error(.badValue, "customParameters", "one is longer than \(TwilioMessage.maximumParameterLength) bytes")
                }
                parameters[name] = text
            }
        }
        self.init(
            streamSid: streamSid, callSid: try start.identifier("callSid"), accountSid: try start.identifier("accountSid"),
            customParameters: parameters)
    }
}

extension TwilioMessage.Media {
    fileprivate init(_ fields: JSONFields) throws(JSONFieldError) {
        let media = try fields.object("media")
        let track = try media.optionalText("track", length: 1...64) ?? "inbound"
        guard track == "inbound" || track == "outbound" else {
            throw media.error(.badValue, "track", "expected inbound or outbound")
        }
        _ = try media.optionalDecimal("chunk")
        let text = Array(try media.text("payload", length: 1...TwilioMessage.maximumBytes).utf8)
        var bytes = [UInt8](repeating: 0, count: Base64.decodedCapacity(text.count))
        var room = bytes.mutableSpan
        guard let count = Base64.decode(text.span, into: &room), count > 0 else {
            throw media.error(.badValue, "payload", "expected Base64")
        }
        bytes.removeLast(bytes.count - count)
        guard let timestamp = try media.optionalDecimal("timestamp") else {
            throw media.error(.missing, "timestamp", "expected digits in a string")
        }
        self.init(
            streamSid: try fields.streamSid(), isInbound: track == "inbound", timestamp: timestamp,
            sequenceNumber: try fields.optionalDecimal("sequenceNumber") ?? 0, payload: bytes)
    }
}

extension JSONFields {
    /// An identifier of Twilio's: two letters and 32 hex digits; any printable ASCII word of 1…64 characters is taken.
    fileprivate func identifier(_ key: String) throws(JSONFieldError) -> String {
        let text = try text(key, length: 1...TwilioIdentifier.maximumLength)
        guard TwilioIdentifier.isValid(text) else { throw error(.badValue, key, "expected letters and digits") }
        return text
    }

    fileprivate func streamSid() throws(JSONFieldError) -> String { try identifier("streamSid") }
}

/// `CA…`, `MZ…`, `AC…`. They are echoed into JSON, file names and logs, so they are plain words.
public enum TwilioIdentifier {
    static let maximumLength = 64
    /// 1…64 letters, digits, `_` and `-`.
    public static func isValid(_ text: String) -> Bool {
        (1...maximumLength).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F || $0 == 0x2D
            }
    }
}
