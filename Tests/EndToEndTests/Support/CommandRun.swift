import Foundation

/// One run of the real binary to its end.
struct CommandRun {
    var status: Int32
    var output: String
    var errors: String

    /// - Parameters:
    ///   - arguments: after the program's name.
    ///   - input: given on standard input.
    static func media(_ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws -> CommandRun {
        try await program(GatewayProcess.binary, arguments, input: input, environment: environment)
    }

    /// Any other program, from the package's folder.
    static func program(_ file: URL, _ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws -> CommandRun {
        let process = Process()
        process.executableURL = file
        process.currentDirectoryURL = GatewayProcess.root
        process.arguments = arguments
        process.environment = GatewayProcess.environment(environment)
        let (out, err, stdin) = (Pipe(), Pipe(), Pipe())
        (process.standardOutput, process.standardError, process.standardInput) = (out, err, stdin)
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        async let errors = Task.detached { err.fileHandleForReading.readDataToEndOfFile() }.value
        let output = await Task.detached { out.fileHandleForReading.readDataToEndOfFile() }.value
        let errorText = await errors
        process.waitUntilExit()
        return CommandRun(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errorText, as: UTF8.self))
    }
}
