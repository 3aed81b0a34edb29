import CLibwebsockets

/// Bytes to send, behind the 16 bytes of headroom into which libwebsockets writes the frame's header: nothing is copied on the way out.
///
/// One owner fills it again and again; capacity is fixed, nothing is allocated after `init`.
@safe public struct OutboundBuffer: ~Copyable, @unchecked Sendable {
    static let headroom = Int(MG_LWS_PRE)

    private let memory: UnsafeMutableRawPointer
    public let capacity: Int
    /// Bytes in use, from the front.
    public private(set) var count = 0

    public init(capacity: Int) {
        self.capacity = capacity
        unsafe memory = .allocate(byteCount: Self.headroom + max(capacity, 1), alignment: 16)
    }

    deinit { unsafe memory.deallocate() }

    var payload: UnsafeMutableRawPointer { unsafe memory + Self.headroom }

    public mutating func removeAll() { count = 0 }

    /// Keeps the first `count` bytes: a prefix that every message shares.
    public mutating func truncate(to count: Int) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Traps beyond `capacity`, which its owner computed.
    public mutating func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= capacity - count, "outbound buffer of \(capacity) bytes is full")
        unsafe bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            unsafe (payload + count).copyMemory(from: base, byteCount: source.count)
        }
        count += bytes.byteCount
    }

    public mutating func append(_ byte: UInt8) {
        precondition(count < capacity, "outbound buffer of \(capacity) bytes is full")
        unsafe (payload + count).storeBytes(of: byte, as: UInt8.self)
        count += 1
    }

    public mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append($0.bytes) }
    }

    public mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount).bytes)
    }

    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0).bytes) }
    }

    /// Lets a codec kernel write behind what is there.
    /// - Parameter write: gets the free room, returns how many bytes it filled.
    public mutating func appendUnsafely(_ write: (UnsafeMutableRawBufferPointer) -> Int) {
        let written = unsafe write(UnsafeMutableRawBufferPointer(start: payload + count, count: capacity - count))
        precondition(written >= 0 && written <= capacity - count)
        count += written
    }

    /// What is in it.
    public func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(start: payload, count: count).bytes)
    }
}
