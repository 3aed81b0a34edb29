import Foundation
import Testing

/// A virtual environment of the build's own, for programs that bring a whole tree of packages. Made once for all tests, and again when
/// what it holds changes.
struct PythonEnvironment: Sendable {
    var name: String
    /// As pip takes them, versions pinned.
    var requirements: [String]

    /// What the examples need, and the program that tries the API against its description.
    static let clients = PythonEnvironment(name: "clients", requirements: ["websockets==17.4", "schemathesis==4.32.5"])
    static let absence: Comment = "Python 3 is absent, or its packages could not be installed from the Python package index"

    private var folder: URL { GatewayProcess.root.appending(path: ".build/test-python/\(name)") }
    func program(_ name: String) -> URL { folder.appending(path: "bin/\(name)") }
    var python: URL { program("python") }

    /// Makes it the first time.
    /// - Returns: whether it is there.
    func make() -> Bool {
        let stamp = folder.appending(path: "installed"), wanted = requirements.joined(separator: "\n")
        if (try? String(contentsOf: stamp, encoding: .utf8)) == wanted { return true }
        guard Self.run(PythonPackage.python, ["-m", "venv", "--clear", folder.path]),
            Self.run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + requirements)
        else { return false }
        return (try? wanted.write(to: stamp, atomically: true, encoding: .utf8)) != nil
    }

    private static func run(_ program: URL, _ arguments: [String]) -> Bool {
        let process = Process()
        (process.executableURL, process.arguments) = (program, arguments)
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
