/// Reads server-sent events (WHATWG HTML, 9.2.6) out of a body that arrives in pieces of any size.
///
/// Lines end with LF, CR or CRLF, also across pieces; a byte order mark at the start is skipped; broken UTF-8 reads as U+FFFD. An event
/// that the stream's end cuts off was never sent. One reader reads one stream, on whatever thread its body is read.
public struct ServerSentEvents: Sendable {
    public struct Event: Sendable, Equatable {
        /// `message` where the stream names none.
        public var name: String
        /// The data lines, joined by LF; never missing, may be empty.
        public var data: String
        /// The latest id of the stream, for `Last-Event-ID` when it is taken up again; empty for none.
        public var id: String
        public init(name: String = "message", data: String, id: String = "") { (self.name, self.data, self.id) = (name, data, id) }
    }

    /// An event, or a line of one, that is larger than ``maximumBytes``. What follows cannot be read: the stream should be closed.
    public struct TooLarge: Error, Sendable, Equatable, CustomStringConvertible {
        public var limit: Int
        public init(limit: Int) { self.limit = limit }
        public var description: String { "a server-sent event of more than \(limit) bytes" }
    }

    /// Bytes that one line may have, and the data of one event.
    public let maximumBytes: Int
    /// How long to wait before the stream is taken up again; `nil` until the stream says it.
    public private(set) var retry: Duration?

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var id = ""
    /// The last byte was CR, and a LF behind it belongs to it.
    private var followsReturn = false
    private var isFirstLine = true

    public init(maximumBytes: Int = 1 << 20) { self.maximumBytes = maximumBytes }

    /// Reads the next piece.
    /// - Parameter events: receives every event that ends in this piece, in order; also those in front of what is too large.
    public mutating func read(_ piece: Span<UInt8>, appendTo events: inout [Event]) throws(TooLarge) {
        for index in piece.indices {
            let byte = piece[index]
            if byte == 0x0A, followsReturn {
                followsReturn = false
                continue
            }
            followsReturn = byte == 0x0D
            if byte == 0x0A || byte == 0x0D {
                try endLine(&events)
                line.removeAll(keepingCapacity: true)
            } else {
                guard line.count < maximumBytes else { throw TooLarge(limit: maximumBytes) }
                line.append(byte)
            }
        }
    }

    private mutating func endLine(_ events: inout [Event]) throws(TooLarge) {
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        if line.isEmpty { return dispatch(&events) }
        let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == 0x20 { value = value.dropFirst() }
        // A comment is a field without a name, and no field of ours.
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            guard data.count + value.count < maximumBytes else { throw TooLarge(limit: maximumBytes) }
            if hasData { data.append(0x0A) }
            hasData = true
            data += value
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id": if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        case "retry":
            // More digits than any wait has are no number, rather than a trap.
            if (1...12).contains(value.count), value.allSatisfy({ (0x30...0x39).contains($0) }) {
                retry = .milliseconds(value.reduce(0) { $0 * 10 + Int64($1 - 0x30) })
            }
        default: break
        }
    }

    private mutating func dispatch(_ events: inout [Event]) {
        defer {
            data.removeAll(keepingCapacity: true)
            (hasData, name) = (false, "")
        }
        guard hasData else { return }
        events.append(Event(name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self), id: id))
    }
}
