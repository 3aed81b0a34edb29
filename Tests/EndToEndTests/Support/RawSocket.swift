import Foundation

/// A TCP client with no manners of its own: sends whatever bytes a test wants. Blocking, with a deadline on each read.
final class RawSocket {
    struct Failure: Error, CustomStringConvertible { var description: String }
    let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(description: "cannot connect to port \(port): errno \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(description: "the peer closed after \(sent) of \(bytes.count) bytes") }
            sent += count
        }
    }

    /// Reads what is there.
    /// - Returns: at least one byte, or nothing when the peer closed; `nil` when nothing came in time.
    func receive(within milliseconds: Int32 = 5000) -> [UInt8]? {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe Glibc.poll(&poll, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return Array(buffer.prefix(max(0, count)))
    }

    /// Reads until the peer closes.
    /// - Returns: everything, or `nil` when it did not close in time.
    func receiveUntilClosed(within milliseconds: Int32 = 10_000) -> [UInt8]? {
        var all: [UInt8] = []
        while let part = receive(within: milliseconds) {
            if part.isEmpty { return all }
            all += part
        }
        return nil
    }

    /// Reads until the text appears.
    func receive(until text: String, within milliseconds: Int32 = 5000) -> String? {
        var all: [UInt8] = []
        while let part = receive(within: milliseconds), !part.isEmpty {
            all += part
            let read = String(decoding: all, as: UTF8.self)
            if read.contains(text) { return read }
        }
        return nil
    }

    /// Upgrades to a WebSocket; the frames after it are the test's.
    func upgrade(_ path: String = "/twilio/media", headers: [String: String] = [:]) throws -> String {
        var request = "GET \(path) HTTP/1.1\r\n"
        var fields = [
            "Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        fields.merge(headers) { $1 }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { request += "\(name): \(value)\r\n" }
        try send(request + "\r\n")
        guard let answer = receive(until: "\r\n\r\n") else { throw Failure(description: "no answer to the upgrade") }
        return answer
    }

    /// One masked client frame (RFC 6455, 5.2).
    static func frame(_ payload: [UInt8], opcode: UInt8 = 1, isFinal: Bool = true) -> [UInt8] {
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65536: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: frame += [0x80 | 127] + (0..<8).map { UInt8((payload.count >> (56 - 8 * $0)) & 255) }
        }
        let mask: [UInt8] = [1, 2, 3, 4]
        frame += mask
        frame += payload.enumerated().map { $1 ^ mask[$0 & 3] }
        return frame
    }
    func sendText(_ text: String) throws { try send(Self.frame(Array(text.utf8))) }
}
