import Glibc

/// Why no socket listens where it should.
public struct ListenError: Error, CustomStringConvertible, Sendable {
    public enum Code: String, Sendable { case unknownHost, addressInUse, permissionDenied, addressNotAvailable, systemLimit }
    public var code: Code
    public var host: String, port: UInt16
    public var description: String { "cannot listen on \(host):\(port): \(reason)" }

    private var reason: String {
        switch code {
        case .unknownHost: "no such host"
        case .addressInUse: "another process listens there already"
        case .permissionDenied: "ports below 1024 need a privilege that this process lacks"
        case .addressNotAvailable: "no interface of this machine has that address"
        case .systemLimit: "the system has no socket left"
        }
    }

    init(status: CInt, host: String, port: UInt16) {
        code =
            switch status {
            case EADDRINUSE: .addressInUse
            case EACCES, EPERM: .permissionDenied
            case EADDRNOTAVAIL, EAFNOSUPPORT: .addressNotAvailable
            default: .systemLimit
            }
        (self.host, self.port) = (host, port)
    }

    init(unknownHost host: String, port: UInt16) { (code, self.host, self.port) = (.unknownHost, host, port) }
}
