/// Messages that wait for a stuck socket, bounded in number and bytes.
struct ControlQueue {
    private var messages: [[UInt8]] = []
    private var byteCount = 0

    var isEmpty: Bool { messages.isEmpty }
    var first: [UInt8]? { messages.first }

    /// - Returns: false when it is full.
    mutating func append(_ message: RawSpan, limits: TransportLimits) -> Bool {
        guard messages.count < limits.maximumQueuedMessages, byteCount + message.byteCount <= limits.maximumQueuedBytes else { return false }
        messages.append(unsafe message.withUnsafeBytes { unsafe Array($0) })
        byteCount += message.byteCount
        return true
    }

    mutating func removeFirst() { byteCount -= messages.removeFirst().count }
}
