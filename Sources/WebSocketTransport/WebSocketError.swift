/// Why there is no WebSocket, or no server.
public struct WebSocketError: Error, CustomStringConvertible, Sendable {
    public enum Code: String, Sendable {
        /// The library could not start on a loop; its libuv plugin is missing, usually.
        case libraryUnavailable
        /// The name has no address.
        case unresolved
        /// Nobody answered, or the peer refused the upgrade.
        case refused
        case timedOut
        case cancelled
    }
    public var code: Code
    /// What was being done, with what: one sentence.
    public var description: String

    init(_ code: Code, _ description: String) { (self.code, self.description) = (code, description) }
}
