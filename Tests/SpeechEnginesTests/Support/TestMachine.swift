import Glibc
import SpeechEngines
import StreamingPipeline

/// What a test machine may or may not have, and where it is.
enum TestMachine {
    /// The package's folder.
    static let root: String = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")

    /// Recordings beside the package; `GATEWAY_TESTDATA` overrides.
    static let testData: String = unsafe getenv("GATEWAY_TESTDATA").map { unsafe String(cString: $0) } ?? "\(root)/../shared/testdata"

    /// Made by `make setup`; `GATEWAY_MODELS` overrides.
    static let model: String = {
        let folder = unsafe getenv("GATEWAY_MODELS").map { unsafe String(cString: $0) } ?? "\(root)/Models"
        return "\(folder)/\(WhisperConfiguration.modelFileName)"
    }()
    static let hasModel = unsafe access(model, R_OK) == 0
    static func hasTestData(_ path: String) -> Bool { unsafe access("\(testData)/\(path)", R_OK) == 0 }

    static func bytes(of path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "rb") else { throw SpeechEngineError(.missing, engine: "test", path) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe fread($0.baseAddress!, 1, $0.count, file) }
            if count == 0 { return bytes }
            bytes += piece.prefix(count)
        }
    }

    /// Rows of a table with tabs, its heading left out.
    static func rows(of path: String) throws -> [[String]] {
        String(decoding: try bytes(of: path), as: UTF8.self).split(separator: "\n").dropFirst().map { row in
            row.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
