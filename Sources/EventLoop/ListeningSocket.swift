import CLibUV
import Glibc

/// A bound TCP socket that listens. Closed by its last owner.
struct ListeningSocket {
    let descriptor: CInt
    /// As bound: never 0.
    let port: UInt16

    /// - Parameters:
    ///   - host: a numeric address or a name of this machine; the first address that it has is taken.
    ///   - port: 0 takes a free one.
    init(host: String, port: UInt16, backlog: CInt) throws(ListenError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &found) == 0, let address = unsafe found else {
            throw ListenError(unknownHost: host, port: port)
        }
        defer { unsafe freeaddrinfo(found) }

        let descriptor = unsafe socket(address.pointee.ai_family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ListenError(status: errno, host: host, port: port) }
        var one: CInt = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        guard unsafe bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0, listen(descriptor, backlog) == 0 else {
            let status = errno
            close(descriptor)
            throw ListenError(status: status, host: host, port: port)
        }
        self.descriptor = descriptor
        self.port = Self.boundPort(descriptor)
    }

    private static func boundPort(_ descriptor: CInt) -> UInt16 {
        var storage = sockaddr_storage(), length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = unsafe getsockname(descriptor, $0, &length) }
            // sockaddr_in and sockaddr_in6 both keep the port behind the family.
            return unsafe storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { unsafe UInt16(bigEndian: $0.pointee.sin_port) }
        }
    }
}
