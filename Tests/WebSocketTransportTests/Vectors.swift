import Foundation

/// Third-party vectors beside the package: `GATEWAY_TESTDATA`, or `../shared/testdata` from the package's root.
enum Vectors {
    static let absence = "no third-party test data: set GATEWAY_TESTDATA"

    /// The file; `nil` when it is not on this machine.
    static func file(_ path: String) -> URL? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["GATEWAY_TESTDATA"].map { URL(filePath: $0) }
            ?? root.deletingLastPathComponent().appending(path: "shared/testdata")
        let file = folder.appending(path: "vectors/\(path)")
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    /// `F09D92` as bytes.
    static func bytes(hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
