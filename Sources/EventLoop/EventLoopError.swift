/// The system refused what a loop is made of.
public struct EventLoopError: Error, CustomStringConvertible, Sendable {
    public enum Code: String, Sendable { case noThread, noDescriptor }
    public var code: Code
    /// `errno`, or libuv's negative code.
    public var status: Int
    public var description: String { "cannot start an event loop: \(code.rawValue) (\(status))" }
}
