import Foundation

/// A package of the Python index, in a folder of the build's own, for checks by programs that we did not write.
struct PythonPackage: Sendable {
    var name: String, version: String
    static let python = URL(filePath: "/usr/bin/python3")

    static let prometheusClient = PythonPackage(name: "prometheus-client", version: "0.26.0")
    static let yaml = PythonPackage(name: "PyYAML", version: "6.0.3")

    private var folder: URL { GatewayProcess.root.appending(path: ".build/test-python/\(name)-\(version)") }
    var absence: String { "\(name) could not be installed from the Python package index" }

    /// Installs it the first time.
    /// - Returns: whether it is there.
    func install() -> Bool {
        let stamp = folder.appending(path: "installed")
        if FileManager.default.fileExists(atPath: stamp.path) { return true }
        let pip = Process()
        pip.executableURL = Self.python
        pip.arguments = ["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", folder.path, "\(name)==\(version)"]
        guard (try? pip.run()) != nil else { return false }
        pip.waitUntilExit()
        return pip.terminationStatus == 0 && FileManager.default.createFile(atPath: stamp.path, contents: nil)
    }

    /// Runs a script of the project's with it.
    func run(_ script: String, input: String = "") async throws -> CommandRun {
        try await CommandRun.program(Self.python, ["-B", script], input: input, environment: ["PYTHONPATH": folder.path])
    }
}
