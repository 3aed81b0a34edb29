import Foundation

/// Rows of the shared third-party test data; absent in a user's clone, where tests that need them are skipped.
enum TestData {
    static let folder: URL =
        ProcessInfo.processInfo.environment["GATEWAY_TESTDATA"].map { URL(filePath: $0) }
        ?? TelecomPack.root.appending(path: "../shared/testdata").standardizedFileURL
    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.appending(path: "INDEX.md").path) }
    static let skipped = "no test data: set GATEWAY_TESTDATA"

    /// The rows of a tab-separated file by column name.
    static func rows(_ path: String) throws -> [[String: String]] {
        let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(zip(header, $0), uniquingKeysWith: { first, _ in first }) }
    }
}
