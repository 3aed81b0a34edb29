import Foundation

/// Third-party vectors beside the package: `GATEWAY_TESTDATA`, or `../shared/testdata` from the package's root.
enum SharedData {
    static func file(_ path: String) -> URL? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["GATEWAY_TESTDATA"].map { URL(filePath: $0) }
            ?? root.deletingLastPathComponent().appending(path: "shared/testdata")
        let file = folder.appending(path: path)
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }
}
