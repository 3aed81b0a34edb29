import AudioCodec

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
        guard case .object = json else { throw TwilioMessageError(.wrongType, "the message: expected an object") }
        let fields = Fields(json, path: "")
        let event = try fields.text("event", length: 1...Self.maximumNameLength)
        switch event {
        case "connected": self = .connected
        case "start": self = .start(try Start(fields))
        case "media": self = .media(try Media(fields))
        case "dtmf": self = .dtmf(digit: try Self.digit(fields))
        case "mark":
            _ = try fields.streamSid()
            self = .mark(name: try fields.object("mark").text("name", length: 1...Self.maximumNameLength))
        case "stop":
            _ = try fields.streamSid()
            self = .stop(callSid: try fields.object("stop").identifier("callSid"))
        default: self = .unknown(event: event)
        }
    }

    private static func digit(_ fields: Fields) throws(TwilioMessageError) -> Character {
        _ = try fields.streamSid()
        let digit = try fields.object("dtmf").text("digit", length: 1...1)
        guard let key = digit.first, "0123456789*#ABCD".contains(key) else {
            throw TwilioMessageError(.badValue, "dtmf.digit: expected one of 0-9, *, # and A-D")
        }
        return key
    }
}

extension TwilioMessage.Start {
    fileprivate init(_ fields: Fields) throws(TwilioMessageError) {
        let start = try fields.object("start")
        let streamSid = try fields.streamSid()
        guard try start.identifier("streamSid") == streamSid else {
            throw TwilioMessageError(.badValue, "start.streamSid: expected the message's streamSid")
        }
        let format = try start.object("mediaFormat")
        let encoding = try format.text("encoding", length: 1...64)
        guard encoding == "audio/x-mulaw", try format.integer("sampleRate") == 8_000, try format.integer("channels") == 1 else {
            throw TwilioMessageError(.badValue, "start.mediaFormat: expected audio/x-mulaw, 8000, 1")
        }
        var parameters: [String: String] = [:]
        if let given = start.optionalObject("customParameters") {
            let members = try given.members()
            guard members.count <= TwilioMessage.maximumParameters else {
                throw TwilioMessageError(
                    .badValue, "start.customParameters: \(members.count) of them, at most \(TwilioMessage.maximumParameters)")
            }
            for (name, value) in members {
                guard case .string(let text) = value else {
                    throw TwilioMessageError(.wrongType, "start.customParameters: expected strings")
                }
                guard name.utf8.count + text.utf8.count <= TwilioMessage.maximumParameterLength else {
                    throw TwilioMessageError(.badValue, "start.customParameters: one is longer than \(TwilioMessage.maximumParameterLength) bytes")
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
    fileprivate init(_ fields: Fields) throws(TwilioMessageError) {
        let media = try fields.object("media")
        let track = try media.optionalText("track", length: 1...64) ?? "inbound"
        guard track == "inbound" || track == "outbound" else {
            throw TwilioMessageError(.badValue, "media.track: expected inbound or outbound")
        }
        _ = try media.optionalDecimal("chunk")
        let text = Array(try media.text("payload", length: 1...TwilioMessage.maximumBytes).utf8)
        var bytes = [UInt8](repeating: 0, count: Base64.decodedCapacity(text.count))
        var room = bytes.mutableSpan
        guard let count = Base64.decode(text.span, into: &room), count > 0 else {
            throw TwilioMessageError(.badValue, "media.payload: expected Base64")
        }
        bytes.removeLast(bytes.count - count)
        guard let timestamp = try media.optionalDecimal("timestamp") else {
            throw TwilioMessageError(.missing, "media.timestamp: expected digits in a string")
        }
        self.init(
            streamSid: try fields.streamSid(), isInbound: track == "inbound", timestamp: timestamp,
            sequenceNumber: try fields.optionalDecimal("sequenceNumber") ?? 0, payload: bytes)
    }
}

/// An object of a message, with the path by which errors name its fields.
private struct Fields {
    let json: BoundedJSON
    let path: String
    init(_ json: BoundedJSON, path: String) { (self.json, self.path) = (json, path) }

    private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func object(_ key: String) throws(TwilioMessageError) -> Fields {
        guard let value = json[key] else { throw TwilioMessageError(.missing, "\(full(key)): expected an object") }
        guard case .object = value else { throw TwilioMessageError(.wrongType, "\(full(key)): expected an object") }
        return Fields(value, path: full(key))
    }

    /// `nil` when missing or null.
    func optionalObject(_ key: String) -> Fields? {
        guard let value = json[key], value != .null else { return nil }
        return Fields(value, path: full(key))
    }

    func members() throws(TwilioMessageError) -> [(key: String, value: BoundedJSON)] {
        guard case .object(let members) = json else { throw TwilioMessageError(.wrongType, "\(path): expected an object") }
        return members
    }

    func text(_ key: String, length: ClosedRange<Int>) throws(TwilioMessageError) -> String {
        guard let text = try optionalText(key, length: length) else {
            throw TwilioMessageError(.missing, "\(full(key)): expected a string")
        }
        return text
    }

    func optionalText(_ key: String, length: ClosedRange<Int>) throws(TwilioMessageError) -> String? {
        guard let value = json[key] else { return nil }
        guard case .string(let text) = value else { throw TwilioMessageError(.wrongType, "\(full(key)): expected a string") }
        guard length.contains(text.utf8.count) else {
            throw TwilioMessageError(
                .badValue, "\(full(key)): \(text.utf8.count) bytes, expected \(length.lowerBound)...\(length.upperBound)")
        }
        return text
    }

    /// A number that the protocol writes as a string.
    func optionalDecimal(_ key: String) throws(TwilioMessageError) -> Int? {
        guard let text = try optionalText(key, length: 1...15) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
            throw TwilioMessageError(.badValue, "\(full(key)): expected digits")
        }
        return number
    }

    func integer(_ key: String) throws(TwilioMessageError) -> Int {
        guard let value = json[key] else { throw TwilioMessageError(.missing, "\(full(key)): expected a number") }
        guard case .number(let text) = value, let number = Int(text) else {
            throw TwilioMessageError(.wrongType, "\(full(key)): expected a whole number")
        }
        return number
    }

    /// An identifier of Twilio's: two letters and 32 hex digits; any printable ASCII word of 1…64 characters is taken.
    func identifier(_ key: String) throws(TwilioMessageError) -> String {
        let text = try text(key, length: 1...TwilioIdentifier.maximumLength)
        guard TwilioIdentifier.isValid(text) else { throw TwilioMessageError(.badValue, "\(full(key)): expected letters and digits") }
        return text
    }

    func streamSid() throws(TwilioMessageError) -> String { try identifier("streamSid") }
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
