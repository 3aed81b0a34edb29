import HTTPTransport

/// Cuts a body into messages.
enum BodyFraming {
    /// The data of server-sent events.
    case events(ServerSentEvents)
    /// JSON a line.
    case lines(LineReader)

    /// Bytes that one message may have.
    static let maximumBytes = 65_536

    static var events: BodyFraming { .events(ServerSentEvents(maximumBytes: maximumBytes)) }
    static var lines: BodyFraming { .lines(LineReader(maximumBytes: maximumBytes)) }

    /// - Parameter messages: receives those that end in this piece; also those in front of what is too large.
    mutating func read(_ piece: [UInt8], appendTo messages: inout [[UInt8]]) throws(WireFault) {
        switch self {
        case .events(var reader):
            var events: [ServerSentEvents.Event] = []
            defer {
                self = .events(reader)
                messages += events.map { Array($0.data.utf8) }
            }
            do { try reader.read(piece.span, appendTo: &events) } catch { throw .malformed("an event of more than \(Self.maximumBytes) bytes") }
        case .lines(var reader):
            defer { self = .lines(reader) }
            try reader.read(piece, appendTo: &messages)
        }
    }

    /// At the body's end: a last line needs no line end, an event does.
    mutating func end(appendTo messages: inout [[UInt8]]) {
        guard case .lines(var reader) = self else { return }
        reader.end(appendTo: &messages)
        self = .lines(reader)
    }
}

/// Lines that end with LF or CRLF, out of pieces of any size; empty ones are skipped.
struct LineReader {
    let maximumBytes: Int
    private var line: [UInt8] = []
    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    mutating func read(_ piece: [UInt8], appendTo lines: inout [[UInt8]]) throws(WireFault) {
        for part in piece.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 { end(appendTo: &lines) }
            guard line.count + part.element.count <= maximumBytes else { throw .malformed("a line of more than \(maximumBytes) bytes") }
            line += part.element
        }
    }

    mutating func end(appendTo lines: inout [[UInt8]]) {
        if line.last == 0x0D { line.removeLast() }
        if !line.isEmpty { lines.append(line) }
        line = []
    }
}
