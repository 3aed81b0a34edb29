import Glibc

/// Which addresses are this machine's own.
enum LoopbackAddress {
    /// 127.0.0.0/8, ::1, either as IPv4 inside IPv6, or `localhost`. Only an address written out in full counts.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        guard let bytes = address(host) else { return false }
        if bytes.count == 4 { return bytes[0] == 127 }
        let mapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return mapped ? bytes[12] == 127 : bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// The host itself if a socket can be bound to it without a look-up.
    static func ownName(_ host: String) -> String? { host.lowercased() == "localhost" || address(host) != nil ? host : nil }

    /// The 4 or 16 bytes of an address, brackets of a URL allowed; `nil` for a name.
    private static func address(_ host: String) -> [UInt8]? {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        guard bare.utf8.count <= 45 else { return nil }
        var four = in_addr(), sixteen = in6_addr()
        if unsafe inet_pton(AF_INET, bare, &four) == 1 { return unsafe withUnsafeBytes(of: &four) { unsafe Array($0) } }
        if unsafe inet_pton(AF_INET6, bare, &sixteen) == 1 { return unsafe withUnsafeBytes(of: &sixteen) { unsafe Array($0) } }
        return nil
    }
}
