import EventLoop

/// How a connection becomes a TLS session, on a port that speaks it.
extension HTTPConnection {
    /// The first byte of a TLS record that carries a handshake (RFC 8446, 5.1); no HTTP method begins with it.
    private static let handshakeRecord: UInt8 = 0x16

    func readGreeting(_ tls: TLSContext) -> Bool {
        let buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: context.readBuffer.prefix(1))
        switch unsafe wire.peek(into: buffer) {
        case .wait: return false
        case .ended:
            finish()
            return false
        case .bytes: break
        }
        if unsafe buffer[0] == Self.handshakeRecord {
            guard let session = TLSSession(tls, descriptor: wire.descriptor) else {
                finish()
                return false
            }
            phase = .handshake(session)
        } else if isFromThisMachine {
            phase = .head
        } else {
            refuse(HTTPReply(status: 400, "this port speaks TLS\n"))
        }
        return true
    }

    private var isFromThisMachine: Bool {
        remoteAddress.hasPrefix("127.") || remoteAddress == "::1" || remoteAddress.hasPrefix("::ffff:127.")
    }

    /// Under the deadline of the head, which it shares.
    func shakeHands(_ session: TLSSession) -> Bool {
        switch context.loop.doing("TLS handshake", { context.handshakes.step(self, session) }) {
        case nil:
            watcher?.watch([])
            return false
        case .readable:
            watcher?.watch(.readable)
            return false
        case .writable:
            watcher?.watch(.writable)
            return false
        case .failed:
            state.counters.handshakesFailed.increment()
            // With time to read the alert that says why.
            linger()
        case .done:
            state.counters.handshakes.increment()
            wire.session = session
            phase = .head
            watcher?.watch(.readable)
        }
        return true
    }
}
