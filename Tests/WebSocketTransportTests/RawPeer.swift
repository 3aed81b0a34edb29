import Glibc

/// The other end of a connection, as plain bytes over a POSIX socket: it can say anything, and stop anywhere.
///
/// Reads and writes block, with deadlines, on a thread of the peer's own: the tests' thread pool stays free.
actor RawPeer {
    private let thread = ThreadExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }
    private let descriptor: CInt
    private var buffered: [UInt8] = []

    struct Failure: Error, CustomStringConvertible { var description: String }

    /// - Parameter receiveBuffer: bytes of the socket's receive buffer: small for a slow reader.
    init(_ host: String = "127.0.0.1", port: UInt16, receiveBuffer: CInt? = nil) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer { unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw Failure(description: "no address: \(host)") }
        let status = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(description: "connect: \(errno)") }
        Self.setPatience(descriptor, seconds: 10)
    }

    deinit { close(descriptor) }

    /// What a read or write may take before it counts as the end.
    private static func setPatience(_ descriptor: CInt, seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// An address of this machine by which others reach it; nil when it has none.
    static var foreignAddress: String? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { return nil }
        defer { unsafe freeifaddrs(list) }
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            guard let address = unsafe entry.pointee.ifa_addr, unsafe address.pointee.sa_family == sa_family_t(AF_INET) else { continue }
            let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name -> String in
                _ = unsafe getnameinfo(
                    address, socklen_t(MemoryLayout<sockaddr_in>.size), name.baseAddress, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
                return unsafe String(cString: name.baseAddress!)
            }
            if !text.hasPrefix("127.") { return text }
        }
        return nil
    }

    // MARK: Bytes

    /// - Returns: false when the other side has closed.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress! + sent, $0.count - sent, CInt(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Exactly so many bytes.
    func read(_ count: Int) throws -> [UInt8] {
        while buffered.count < count {
            var chunk = [UInt8](repeating: 0, count: 262_144)
            let got = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress!, $0.count, 0) }
            guard got > 0 else { throw Failure(description: "end after \(buffered.count) of \(count) bytes") }
            buffered += chunk[..<got]
        }
        let bytes = Array(buffered[..<count])
        buffered.removeSubrange(..<count)
        return bytes
    }

    /// Whether the other side closed, whatever it sent before.
    func readsEnd() -> Bool {
        buffered = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress!, $0.count, 0) }
            if count == 0 { return true }
            if count < 0 { return errno == ECONNRESET }
        }
    }

    func shutDownWriting() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// From now on the close, which comes with the last reference, is a reset.
    func closeByReset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    // MARK: HTTP

    struct Reply: Equatable {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    /// The next reply, its body by Content-Length.
    func readReply(hasBody: Bool = true) throws -> Reply {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) { head += try read(1) }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else {
            throw Failure(description: "no status line: \(lines)")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let length = hasBody ? Int(headers["content-length"] ?? "0") ?? 0 : 0
        return Reply(status: status, headers: headers, body: String(decoding: try read(length), as: UTF8.self))
    }

    /// The head of a reply whose body is read otherwise.
    func readHead() throws -> Reply { try readReply(hasBody: false) }

    /// One chunk of a body (RFC 9112, 7.1); nil is the last, without trailers.
    func readChunk() throws -> String? {
        var line: [UInt8] = []
        while !line.suffix(2).elementsEqual([13, 10]) { line += try read(1) }
        guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else { throw Failure(description: "no chunk: \(line)") }
        let bytes = try read(size + 2)
        guard bytes.suffix(2).elementsEqual([13, 10]) else { throw Failure(description: "a chunk of \(size) has no end") }
        return size == 0 ? nil : String(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    /// Chunks until there are so many bytes of them.
    func readChunks(_ count: Int) throws -> String {
        var text = ""
        while text.utf8.count < count, let chunk = try readChunk() { text += chunk }
        return text
    }

    // MARK: WebSocket

    static func upgradeRequest(_ path: String = "/echo", extra: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(extra)\r\n"
    }

    /// RFC 6455, 1.3: the key of the example, and its accept value.
    func openWebSocket(_ path: String = "/echo") throws {
        write(Self.upgradeRequest(path))
        let reply = try readReply(hasBody: false)
        guard reply.status == 101, reply.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" else {
            throw Failure(description: "no handshake: \(reply)")
        }
    }

    struct Frame: Equatable {
        var opcode: UInt8
        var isFinal: Bool
        var payload: [UInt8]
        var text: String { String(decoding: payload, as: UTF8.self) }
        /// Of a close frame.
        var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    /// A client's frame, masked; a mask of zeros is quick.
    static func frame(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true, mask: [UInt8] = [1, 2, 3, 4], announce: Int? = nil) -> [UInt8] {
        let length = announce ?? payload.count
        var bytes: [UInt8] = [(final ? 0x80 : 0) | opcode]
        switch length {
        case ..<126: bytes.append(0x80 | UInt8(length))
        case ..<65_536: bytes += [0x80 | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: bytes += [0x80 | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        }
        if mask == [0, 0, 0, 0] { return bytes + mask + payload }
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    func sendText(_ text: String) { write(Self.frame(1, Array(text.utf8))) }

    func readFrame() throws -> Frame {
        let head = try read(2)
        var length = Int(head[1] & 0x7F)
        if length == 126 { length = try read(2).reduce(0) { $0 << 8 | Int($1) } }
        if length == 127 { length = try read(8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: head[0] & 0x0F, isFinal: head[0] & 0x80 != 0, payload: try read(length))
    }

    /// The next frame that is no ping.
    func readMessage() throws -> Frame {
        while true {
            let frame = try readFrame()
            if frame.opcode != 9 { return frame }
        }
    }
}
