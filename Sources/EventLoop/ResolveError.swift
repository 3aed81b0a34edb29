/// Why a name has no address.
public struct ResolveError: Error, CustomStringConvertible, Sendable, Equatable {
    public enum Code: String, Sendable {
        /// The name service knows no such host.
        case unknownHost
        /// It did not answer; asking again may help.
        case unavailable
        /// Too many names wait already.
        case overloaded
        /// The resolver has been stopped.
        case stopped
    }
    public var code: Code
    public var host: String
    public var description: String { "no address for \(host): \(code.rawValue)" }
    public init(code: Code, host: String) { (self.code, self.host) = (code, host) }
}
