import AudioCodec
import StreamingPipeline
import TextChannel
import WireJSON

/// A control message of `/audio`, from the client (DESIGN §6, "Audio messages").
enum AudioMessage: Equatable {
    case start(Start)
    /// What the client's ear has played: up to a mark, or so many milliseconds of the reply.
    case played(mark: String?, milliseconds: Int?)
    /// A typed turn.
    case message(ChatRequest.Message)
    /// The client wants to hear no more of the reply.
    case cancel
    case dtmf(Character)
    case stop
    case ping
    /// Of a later protocol: tolerated.
    case unknown

    struct Start: Equatable {
        var format: AudioFormat
        /// What the client says about its caller, sorted by key. Never who the caller is: nobody vouches for that here.
        var facts: [(key: String, value: String)]
        static func == (a: Start, b: Start) -> Bool { a.format == b.format && a.facts.elementsEqual(b.facts) { $0.key == $1.key && $0.value == $1.value } }
    }

    /// Why a message is none; goes back to the client.
    struct Failure: Error, Equatable {
        /// `bad_json` and `bad_value` in `error` messages, and a metric's label.
        var code: String
        /// The field and what is allowed there.
        var message: String
    }

    static let maximumText = 4_000
    static let maximumFacts = 64

    /// - Throws: ``Failure``.
    init(parsing text: Span<UInt8>) throws(Failure) {
        let json: BoundedJSON
        do { json = try BoundedJSON(text) } catch {
            throw Failure(code: "bad_json", message: "expected \(error.expected) at byte \(error.offset) of \(text.count)")
        }
        guard json.members != nil else { throw Failure(code: "bad_json", message: "a message is a JSON object") }
        guard let type = try Self.text(json, "type", length: 1...64) else {
            throw Failure(code: "bad_value", message: "type: give start, played, message, cancel, dtmf, stop or ping")
        }
        switch type {
        case "start": self = .start(try Start(json))
        case "played":
            let mark = try Self.text(json, "mark", length: 1...64), milliseconds = try Self.number(json, "ms", in: 0...86_400_000)
            guard mark != nil || milliseconds != nil else { throw Failure(code: "bad_value", message: "played: give mark, ms or both") }
            self = .played(mark: mark, milliseconds: milliseconds)
        case "message":
            guard let words = try Self.text(json, "text", length: 1...Self.maximumText) else {
                throw Failure(code: "bad_value", message: "text: give 1 to \(Self.maximumText) characters")
            }
            self = .message(
                ChatRequest.Message(words, id: try Self.text(json, "id", length: 1...128), traceID: try Self.text(json, "trace_id", length: 1...128)))
        case "cancel": self = .cancel
        case "dtmf":
            guard let digit = try Self.text(json, "digit", length: 1...1)?.first, "0123456789*#ABCD".contains(digit) else {
                throw Failure(code: "bad_value", message: "digit: give one of 0-9, *, # and A-D")
            }
            self = .dtmf(digit)
        case "stop": self = .stop
        case "ping": self = .ping
        default: self = .unknown
        }
    }

    /// - Returns: `nil` when the field is absent or null.
    fileprivate static func text(_ json: BoundedJSON, _ key: String, length: ClosedRange<Int>) throws(Failure) -> String? {
        guard let value = json[key], !value.isNull else { return nil }
        guard let text = value.text, length.contains(text.utf8.count) else {
            throw Failure(code: "bad_value", message: "\(key): give a string of \(length.lowerBound) to \(length.upperBound) bytes")
        }
        return text
    }

    fileprivate static func number(_ json: BoundedJSON, _ key: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
        guard let value = json[key], !value.isNull else { return nil }
        guard let number = value.double, number >= Double(range.lowerBound), number <= Double(range.upperBound) else {
            throw Failure(code: "bad_value", message: "\(key): give a number in \(range.lowerBound)...\(range.upperBound)")
        }
        return Int(number)
    }

    fileprivate static func flag(_ json: BoundedJSON, _ key: String) throws(Failure) -> Bool? {
        guard let value = json[key], !value.isNull else { return nil }
        guard case .bool(let flag) = value else { throw Failure(code: "bad_value", message: "\(key): give true or false") }
        return flag
    }
}

extension AudioMessage.Start {
    fileprivate init(_ json: BoundedJSON) throws(AudioMessage.Failure) {
        let encodings = AudioFormat.Encoding.allCases
        guard let name = try AudioMessage.text(json, "encoding", length: 1...32), let encoding = encodings.first(where: { $0.rawValue == name })
        else { throw .init(code: "bad_value", message: "encoding: give \(Self.list(encodings.map(\.rawValue)))") }
        let rates = encoding.sampleRates
        guard let hertz = try AudioMessage.number(json, "sample_rate", in: 1...1_000_000), let rate = rates.first(where: { $0.hertz == hertz })
        else {
            throw .init(code: "bad_value", message: "sample_rate: give \(Self.list(rates.map { "\($0.hertz)" })) for \(encoding.rawValue)")
        }
        let channels = try AudioMessage.number(json, "channels", in: 0...255) ?? 1
        guard encoding.channels.contains(channels) else {
            throw .init(code: "bad_value", message: "channels: give \(Self.list(encoding.channels.map { "\($0)" })) for \(encoding.rawValue)")
        }
        format = AudioFormat(encoding: encoding, sampleRate: rate, channels: channels, isNumbered: try AudioMessage.flag(json, "sequence") ?? false)
        // Whoever resumes brings the name of the session; nothing can be resumed by it on this path yet, so that it is checked and left.
        _ = try AudioMessage.text(json, "session_id", length: 1...128)
        facts = try Self.facts(json["facts"])
    }

    private static func facts(_ json: BoundedJSON?) throws(AudioMessage.Failure) -> [(key: String, value: String)] {
        let problem = AudioMessage.Failure(
            code: "bad_value", message: "facts: give an object of at most \(AudioMessage.maximumFacts) strings, keys up to 64 bytes, values up to 500")
        guard let json, !json.isNull else { return [] }
        guard let members = json.members, members.count <= AudioMessage.maximumFacts else { throw problem }
        var facts: [(key: String, value: String)] = []
        for member in members {
            guard let text = member.value.text, 1...64 ~= member.key.utf8.count, text.utf8.count <= 500 else { throw problem }
            // Who calls is a carrier's word, not the caller's.
            if !TwilioMediaContext.Parameter.reserved.contains(member.key) { facts.append((member.key, text)) }
        }
        return facts.sorted { $0.key < $1.key }
    }

    /// `a, b or c`.
    private static func list(_ names: [String]) -> String {
        names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
    }
}
