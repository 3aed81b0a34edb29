import Glibc

/// What came of reading or writing as much as there is.
enum Transfer {
    case bytes(Int)
    /// Nothing now.
    case wait
    /// The other side has closed, or the connection is broken.
    case ended
}

/// The bytes of an HTTP connection. What is peeked at stays where it is, in the kernel, until it is consumed. Loop-confined.
@safe struct Wire {
    let descriptor: CInt

    /// POLLRDHUP, which Glibc's module hides behind _GNU_SOURCE.
    private static let disconnected: Int16 = 0x2000

    // MARK: Reading

    /// Copies what has come to the front of `buffer`.
    func peek(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        Self.transfer(unsafe recv(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_PEEK)))
    }

    /// Takes bytes away that were peeked at.
    func consume(_ count: Int, _ buffer: UnsafeMutableRawBufferPointer) {
        _ = unsafe recv(descriptor, buffer.baseAddress, min(count, buffer.count), 0)
    }

    /// Reads what is there, to be thrown away.
    func discard(_ buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        Self.transfer(unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0))
    }

    /// Readable from so many bytes on: a head in pieces wakes the loop for each piece, and no more.
    func wakeAt(_ count: Int) {
        var low = CInt(count)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &low, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Whether nothing will follow what can be peeked at.
    var hasEnded: Bool {
        var query = pollfd(fd: descriptor, events: Self.disconnected, revents: 0)
        return unsafe poll(&query, 1, 0) > 0
    }

    // MARK: Writing

    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        let count = unsafe send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        // 0 of some bytes is no end when writing.
        return count == 0 ? .wait : Self.transfer(count)
    }

    /// Nothing more will be written.
    func shutDown() { shutdown(descriptor, CInt(SHUT_WR)) }

    private static func transfer(_ count: Int) -> Transfer {
        if count > 0 { return .bytes(count) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .wait : .ended
    }

    // MARK: Who is there

    /// Numeric address of the other side; empty when it has gone.
    var peerAddress: String {
        var storage = sockaddr_storage(), length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name in
            unsafe withUnsafeMutablePointer(to: &storage) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    guard unsafe getpeername(descriptor, address, &length) == 0,
                        unsafe getnameinfo(address, length, name.baseAddress, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
                    else { return "" }
                    return unsafe String(cString: name.baseAddress!)
                }
            }
        }
    }
}
