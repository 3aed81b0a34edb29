import CLibssl
import Glibc

/// TLS over one accepted socket, in the server role.
///
/// OpenSSL is called here and not through libwebsockets, which can be handed a bare socket but no session under way: its TLS and its
/// HTTP parser come together, and that parser decodes targets and loses its place behind pipelined bodies.
/// Writing to a socket that is gone raises no signal: libwebsockets has had SIGPIPE ignored since its first context. Loop-confined.
@safe final class TLSSession {
    enum Handshake {
        case done
        /// Goes on when the socket is readable, or writable.
        case readable, writable
        case failed
    }

    private let handle: OpaquePointer
    private let descriptor: CInt
    /// Decrypted, and not consumed yet.
    private var inbound: [UInt8] = []
    private var consumed = 0
    private(set) var hasEnded = false
    /// After a fatal error nothing may be sent, not even the goodbye.
    private var isBroken = false

    /// Bytes that are decrypted ahead of their use: a head, or a record.
    private static let maximumInbound = 16_384

    /// - Parameter descriptor: stays the caller's, and open for as long as the session lives.
    init?(_ context: TLSContext, descriptor: CInt) {
        guard let handle = unsafe context.session(descriptor) else { return nil }
        unsafe self.handle = handle
        self.descriptor = descriptor
    }

    deinit { unsafe SSL_free(handle) }

    /// Goes on with the handshake as far as the socket allows.
    func shakeHands() -> Handshake {
        ERR_clear_error()
        let status = unsafe SSL_accept(handle)
        if status == 1 { return .done }
        switch unsafe SSL_get_error(handle, status) {
        case SSL_ERROR_WANT_READ: return .readable
        case SSL_ERROR_WANT_WRITE: return .writable
        default:
            isBroken = true
            return .failed
        }
    }

    // MARK: Reading

    /// Bytes that can be had without waiting for more: what has come is decrypted, within bounds.
    func available() -> Transfer {
        fill()
        let count = inbound.count - consumed
        return count > 0 ? .bytes(count) : hasEnded ? .ended : .wait
    }

    /// Nothing is left of what has been taken from the socket: it is worth asking again when that is readable.
    var isDry: Bool { unsafe !hasEnded && consumed >= inbound.count && SSL_has_pending(handle) == 0 }

    /// Whether what comes has to stay where it is until some is consumed.
    var isFull: Bool { inbound.count - consumed >= Self.maximumInbound }

    func peek(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        let transfer = available()
        guard case .bytes(let count) = transfer else { return transfer }
        let size = min(count, buffer.count)
        unsafe inbound.withUnsafeBytes { unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[consumed..<consumed + size])) }
        return .bytes(size)
    }

    func consume(_ count: Int) {
        consumed += count
        guard consumed >= inbound.count else { return }
        inbound = []  // an idle connection keeps no buffer
        consumed = 0
    }

    private func fill() {
        guard !hasEnded, !isFull else { return }
        if consumed > 0 {
            inbound.removeSubrange(..<consumed)
            consumed = 0
        }
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.maximumInbound, alignment: 16) { record in
            while !hasEnded, !isFull {
                guard case .bytes(let count) = unsafe read(into: UnsafeMutableRawBufferPointer(rebasing: record[..<(Self.maximumInbound - inbound.count)]))
                else { return }
                unsafe inbound.append(contentsOf: record[..<count])
                if unsafe SSL_has_pending(handle) == 0 { return }  // the socket will say so when there is more
            }
        }
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        ERR_clear_error()
        let count = unsafe SSL_read(handle, buffer.baseAddress, CInt(buffer.count))
        if count > 0 { return .bytes(Int(count)) }
        let transfer = outcome(count)
        if case .ended = transfer { hasEnded = true }
        return transfer
    }

    // MARK: Writing

    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        guard !isBroken, bytes.count > 0 else { return isBroken ? .ended : .wait }
        ERR_clear_error()
        let count = unsafe SSL_write(handle, bytes.baseAddress, CInt(clamping: bytes.count))
        return count > 0 ? .bytes(Int(count)) : outcome(count)
    }

    /// Says goodbye (close_notify): nothing more will be written.
    func shutDown() {
        guard !isBroken else { return }
        ERR_clear_error()
        _ = unsafe SSL_shutdown(handle)
    }

    private func outcome(_ status: CInt) -> Transfer {
        switch unsafe SSL_get_error(handle, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wait
        case SSL_ERROR_ZERO_RETURN: return .ended
        default:
            isBroken = true
            return .ended
        }
    }
}
