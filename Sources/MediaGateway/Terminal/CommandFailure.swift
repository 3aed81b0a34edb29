/// A command's end that is not success: what to print, and the exit code (DESIGN §6: 1 failed, 2 usage, 78 bad configuration).
public struct CommandFailure: Error, Sendable {
    public var message: String
    public var exitCode: Int32
    public init(_ message: String, exitCode: Int32 = 1) { (self.message, self.exitCode) = (message, exitCode) }
}

/// What this build is called.
public enum GatewayVersion {
    public static let text = "0.1.0"
}
