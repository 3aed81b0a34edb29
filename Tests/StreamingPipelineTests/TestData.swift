import AudioCodec
import Glibc
import StreamingPipeline

/// What the tests find beside the package: third-party recordings (`GATEWAY_TESTDATA`, or `../shared/testdata` from the
/// package's root) and the network's weights (`GATEWAY_MODELS`, or `Models` in it).
enum TestData {
    static let recordings = folder("GATEWAY_TESTDATA", else: "../shared/testdata")
    static let models = folder("GATEWAY_MODELS", else: "Models")
    static let weights = models.map { "\($0)/silero-8k.f32" }.flatMap { isReadable($0) ? $0 : nil }

    static var hasWeights: Bool { weights != nil }
    static var hasAll: Bool { hasWeights && recordings != nil }
    static let noWeights = "no Models/silero-8k.f32: run `make setup` or set GATEWAY_MODELS"
    static let notAll = "no Models/silero-8k.f32 or no third-party recordings: set GATEWAY_MODELS and GATEWAY_TESTDATA"

    static func model(_ kernel: VoiceActivityModel.Kernel = .automatic) throws -> VoiceActivityModel {
        try VoiceActivityModel(contentsOf: weights ?? "Models/silero-8k.f32", kernel: kernel)
    }

    /// A recording at 8 kHz.
    static func recording(_ name: String) throws -> [Int16] {
        try WAVFile(bytes: bytes("\(recordings ?? "")/\(name)")).samples(at: .hz8000)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "rb") else { throw Missing(path: path) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    struct Missing: Error { let path: String }

    private static func folder(_ variable: String, else name: String) -> String? {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = unsafe getenv(variable).map { unsafe String(cString: $0) } ?? "\(root)/\(name)"
        return isReadable(path) ? path : nil
    }
    private static func isReadable(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }
}
