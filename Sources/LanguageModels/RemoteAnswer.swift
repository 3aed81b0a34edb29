import HTTPTransport
import Orchestrator
import WireJSON

/// A remote agent's answer, whose bytes come however they are cut: server-sent events up to `done`, or one JSON document. No I/O, no clock.
struct RemoteAnswer {
    private enum Form {
        case events(ServerSentEvents)
        case document([UInt8])
    }
    private var form: Form
    private var eventCount = 0
    private var textBytes = 0
    private var isReply = false
    /// All is said; what comes behind it counts for nothing.
    private(set) var isDone = false

    /// Events that a stream may have, those that nobody knows included.
    static let maximumEvents = 10_000
    /// Of all text together.
    static let maximumTextBytes = 65_536

    /// - Throws: ``WireFault``, `malformed`, when it has neither form.
    init(contentType: String?) throws(WireFault) {
        switch contentType?.prefix(while: { $0 != ";" }).lowercased().filter({ $0 != " " }) {
        case "text/event-stream": form = .events(ServerSentEvents(maximumBytes: BodyFraming.maximumBytes))
        case "application/json": form = .document([])
        default: throw .malformed("an answer that is neither text/event-stream nor application/json")
        }
    }

    /// - Parameter events: receives those that end in this piece; also those in front of what is broken.
    /// - Throws: ``WireFault``; nothing behind it is read.
    mutating func read(_ piece: [UInt8], appendTo events: inout [RemoteEvent]) throws(WireFault) {
        guard !isDone else { return }
        switch form {
        case .events(var reader):
            var messages: [ServerSentEvents.Event] = []
            var fault: WireFault?
            do throws(ServerSentEvents.TooLarge) {
                try reader.read(piece.span, appendTo: &messages)
            } catch { fault = .malformed("an event of more than \(error.limit) bytes") }
            form = .events(reader)
            for message in messages where !isDone { try take(message, &events) }
            if let fault, !isDone { throw fault }
        case .document(let bytes):
            guard bytes.count + piece.count <= BodyFraming.maximumBytes else {
                throw .malformed("an answer of more than \(BodyFraming.maximumBytes) bytes")
            }
            form = .document(bytes + piece)
        }
    }

    /// At the body's end.
    mutating func end(appendTo events: inout [RemoteEvent]) throws(WireFault) {
        guard !isDone else { return }
        guard case .document(let bytes) = form else { throw .malformed("a stream that ended without `done`") }
        let json = try BoundedJSON(message: bytes)
        if let error = ProviderError(json) { throw ProviderError.fault(status: 200, error, .none) }
        let parts: [RemoteEvent]
        do throws(JSONFieldError) { parts = try RemoteEvent.all(of: JSONFields(json)) } catch { throw .malformed("\(error)") }
        for part in parts { try take(part, &events) }
        try finish()
    }

    private mutating func take(_ message: ServerSentEvents.Event, _ events: inout [RemoteEvent]) throws(WireFault) {
        eventCount += 1
        guard eventCount <= Self.maximumEvents else { throw .malformed("more than \(Self.maximumEvents) events") }
        switch message.name {
        case "done": try finish()
        case "error": throw WireFault(.unavailable, "the service sent an error")
        case "text", "progress", "transition", "handoff", "end":
            let json = try BoundedJSON(message: Array(message.data.utf8))
            let event: RemoteEvent?
            do throws(JSONFieldError) { event = try RemoteEvent(message.name, JSONFields(json)) } catch {
                throw .malformed("event \(message.name): \(error)")
            }
            if let event { try take(event, &events) }
        // Of a later protocol, or a heart-beat.
        default: break
        }
    }

    private mutating func take(_ event: RemoteEvent, _ events: inout [RemoteEvent]) throws(WireFault) {
        switch event {
        case .text(let text):
            textBytes += text.utf8.count
            guard textBytes <= Self.maximumTextBytes else { throw .malformed("more than \(Self.maximumTextBytes) bytes of text") }
            isReply = true
        case .handoff, .end: isReply = true
        case .progress, .transition: break
        }
        events.append(event)
    }

    /// A turn that is answered with nothing would leave the caller in silence.
    private mutating func finish() throws(WireFault) {
        guard isReply else { throw .malformed("an answer without text, handoff or end") }
        isDone = true
    }
}

extension RemoteEvent {
    /// Characters of a progress's text, which a screen shows on a line.
    private static let lineLength = 200
    private static let reasonLength = 100

    /// - Returns: `nil` for text that is empty.
    init?(_ name: String, _ fields: JSONFields) throws(JSONFieldError) {
        switch name {
        case "text":
            guard let text = try Self.words(fields.text("text", length: 0...RemoteAnswer.maximumTextBytes)) else { return nil }
            self = text
        case "progress":
            self = .progress(
                tool: try fields.name("tool"), percent: try fields.optionalInteger("percent", in: 0...100), text: try fields.line("text", Self.lineLength))
        case "transition": self = .transition(to: try fields.name("to"), reason: try fields.line("reason", Self.reasonLength))
        case "handoff": self = .handoff(reason: try fields.line("reason", Self.reasonLength))
        case "end": self = .end(reason: try fields.line("reason", Self.reasonLength))
        default: return nil
        }
    }

    /// What one JSON document says: who speaks, the words, and what then happens.
    static func all(of fields: JSONFields) throws(JSONFieldError) -> [RemoteEvent] {
        var events: [RemoteEvent?] = []
        func part(_ name: String) throws(JSONFieldError) -> RemoteEvent? {
            guard let part = try fields.optionalObject(name) else { return nil }
            return try RemoteEvent(name, part)
        }
        events.append(try part("transition"))
        events.append(try fields.optionalText("text", length: 0...RemoteAnswer.maximumTextBytes).flatMap(words))
        events.append(try part("handoff"))
        events.append(try part("end"))
        return events.compactMap { $0 }
    }

    private static func words(_ text: String) -> RemoteEvent? { text.isEmpty ? nil : .text(text) }
}

extension JSONFields {
    fileprivate func name(_ key: String) throws(JSONFieldError) -> String {
        let name = try text(key, length: 1...64)
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || [0x5F, 0x2E, 0x2D].contains(byte)
        }
        guard isName else { throw error(.badValue, key, "expected letters, digits, `_`, `.` and `-`") }
        return name
    }

    /// Text for records and screens: one line.
    fileprivate func line(_ key: String, _ maximum: Int) throws(JSONFieldError) -> String {
        let line = try text(key, length: 0...4 * maximum)
        guard line.count <= maximum, !line.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw error(.badValue, key, "expected one line of at most \(maximum) characters")
        }
        return line
    }
}
