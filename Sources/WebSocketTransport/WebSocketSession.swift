/// A WebSocket's state on the message path, in the per-session memory that libwebsockets allocates: made at ESTABLISHED, destroyed at CLOSED.
struct WebSocketSession: ~Copyable {
    let record: SocketRecord
    let connection: WebSocketConnection
    let handler: any WebSocketHandler
    /// A message in pieces, put together.
    var assembly = MessageAssembly()
}

/// Pieces of one message. Empty, and without memory, as long as messages come whole.
struct MessageAssembly: ~Copyable {
    private var bytes: [UInt8] = []
    private(set) var isUnderWay = false

    /// - Parameter expected: bytes of this frame that are still to come; reserves for them, within the limit.
    /// - Returns: false when the message has become longer than `limit`.
    mutating func append(_ piece: UnsafeRawBufferPointer, expected: Int, limit: Int) -> Bool {
        guard bytes.count + piece.count + expected <= limit else { return false }
        isUnderWay = true
        if bytes.capacity < bytes.count + piece.count { bytes.reserveCapacity(min(limit, bytes.count + piece.count + expected)) }
        unsafe bytes.append(contentsOf: piece)
        return true
    }

    /// The whole message; memory beyond a few frames is given back with it.
    mutating func take() -> [UInt8] {
        let message = bytes
        isUnderWay = false
        if bytes.capacity > 16_384 { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
        return message
    }
}
