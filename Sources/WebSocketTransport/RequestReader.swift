import CLibwebsockets

/// Copies a request's head out of libwebsockets' tables, which live until the callback returns.
@safe struct RequestReader {
    private let socket: OpaquePointer
    init(_ socket: OpaquePointer) { unsafe self.socket = socket }

    static let methods = ["GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "HEAD"]

    /// - Parameter extra: names with the colon, lower-case, that the library does not know by number.
    func request(extra: [String]) -> HTTPRequest? {
        var uri: UnsafeMutablePointer<CChar>?
        var length: CInt = 0
        let method = unsafe Int(lws_http_get_uri_and_method(socket, &uri, &length))
        guard method >= 0, method < Self.methods.count, let uri = unsafe uri, length > 0 else { return nil }
        let path = unsafe String(decoding: UnsafeRawBufferPointer(start: uri, count: Int(length)), as: UTF8.self)
        return HTTPRequest(
            method: Self.methods[method], path: path, query: query(), headers: headers(extra: extra), remoteAddress: remoteAddress())
    }

    func value(_ token: lws_token_indexes) -> String? {
        let length = unsafe lws_hdr_total_length(socket, token)
        guard length > 0 else { return nil }
        return unsafe text(capacity: Int(length) + 1) { buffer, size in unsafe lws_hdr_copy(socket, buffer, size, token) }
    }

    private func headers(extra: [String]) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for index in 0..<WSI_TOKEN_COUNT.rawValue {
            let token = lws_token_indexes(index)
            guard unsafe lws_hdr_total_length(socket, token) > 0, let name = unsafe lws_token_to_string(token) else { continue }
            let field = unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            guard field.count > 1, field.last == ":", field.first != ":", let value = value(token) else { continue }
            headers.add(String(field.dropLast()).lowercased(), value)
        }
        for name in extra {
            let count = CInt(name.utf8.count)
            let length = unsafe lws_hdr_custom_length(socket, name, count)
            guard length >= 0 else { continue }
            let value = unsafe text(capacity: Int(length) + 1) { buffer, size in unsafe lws_hdr_custom_copy(socket, buffer, size, name, count) }
            if headers[String(name.dropLast())] == nil { headers.add(String(name.dropLast()), value ?? "") }
        }
        return headers
    }

    private func query() -> String? {
        guard unsafe lws_hdr_total_length(socket, WSI_TOKEN_HTTP_URI_ARGS) > 0 else { return nil }
        var parts: [String] = []
        while true {
            let index = CInt(parts.count)
            let length = unsafe lws_hdr_fragment_length(socket, WSI_TOKEN_HTTP_URI_ARGS, index)
            guard length > 0, let part = unsafe text(capacity: Int(length) + 1, { buffer, size in
                unsafe lws_hdr_copy_fragment(socket, buffer, size, WSI_TOKEN_HTTP_URI_ARGS, index)
            }) else { break }
            parts.append(Self.escaped(part))
        }
        return parts.joined(separator: "&")
    }

    /// As `encodeURIComponent` would, but for the `=` that ends the name.
    private static func escaped(_ part: String) -> String {
        var seenEquals = false
        var result = ""
        for byte in part.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "~"), UInt8(ascii: "*"),
                UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"):
                result.unicodeScalars.append(UnicodeScalar(byte))
            case UInt8(ascii: "=") where !seenEquals:
                seenEquals = true
                result += "="
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    private func remoteAddress() -> String {
        unsafe text(capacity: 64) { buffer, size in
            unsafe lws_get_peer_simple(socket, buffer, Int(size)) == nil ? -1 : 0
        } ?? ""
    }

    @unsafe private func text(capacity: Int, _ copy: (UnsafeMutablePointer<CChar>, CInt) -> CInt) -> String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            guard let base = buffer.baseAddress, unsafe copy(base, CInt(capacity)) >= 0 else { return nil }
            return unsafe String(cString: base)
        }
    }
}
