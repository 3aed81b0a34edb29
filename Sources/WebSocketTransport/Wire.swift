import EventLoop
import Glibc

/// What came of reading or writing as much as there is.
enum Transfer {
    case bytes(Int)
    /// Nothing now.
    case wait
    /// The other side has closed, or the connection is broken.
    case ended
}

/// The bytes of an HTTP connection, plain or over TLS. What is peeked at stays where it is until it is consumed: in the kernel, or in
/// the session. Loop-confined.
@safe struct Wire {
    let descriptor: CInt
    /// Once the client has begun to speak TLS.
    var session: TLSSession?

    // MARK: Reading

    /// Copies what has come to the front of `buffer`.
    func peek(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        if let session { return unsafe session.peek(into: buffer) }
        return Self.transfer(unsafe recv(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_PEEK)))
    }

    /// Takes bytes away that were peeked at.
    func consume(_ count: Int, _ buffer: UnsafeMutableRawBufferPointer) {
        if let session { return session.consume(count) }
        _ = unsafe recv(descriptor, buffer.baseAddress, min(count, buffer.count), 0)
    }

    /// Takes what is there from the socket, to be thrown away.
    func discard(_ buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        Self.transfer(unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0))
    }

    /// Readable from so many bytes on: a head in pieces wakes the loop for each piece, and no more.
    func wakeAt(_ count: Int) {
        guard session == nil else { return }
        var low = CInt(count)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &low, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Whether nothing will follow what can be peeked at.
    var hasEnded: Bool {
        if let session { return session.hasEnded }
        return FileWatcher.hasDisconnected(descriptor)
    }

    /// What to watch for to hear that the client leaves, while what it sends stays where it is.
    var leavingInterest: FileWatcher.Readiness {
        guard let session, !session.isFull else { return .disconnected }
        return [.disconnected, .readable]
    }

    /// Whether a client that is not listened to has left; without TLS its end is told by ``leavingInterest`` alone.
    var hasLeft: Bool {
        guard let session else { return false }
        _ = session.available()
        return session.hasEnded
    }

    // MARK: Writing

    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        if let session { return unsafe session.write(bytes) }
        let count = unsafe send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        // 0 of some bytes is no end when writing.
        return count == 0 ? .wait : Self.transfer(count)
    }

    /// Nothing more will be written.
    func shutDown() {
        session?.shutDown()
        shutdown(descriptor, CInt(SHUT_WR))
    }

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
