import CVoiceActivity
import Glibc

/// The weights of silero's 8 kHz network, loaded once and shared by all calls.
///
/// The file holds 235,649 little-endian 32-bit floats in the order that `CVoiceActivity.h` states (943 KB).
@safe public final class VoiceActivityModel: @unchecked Sendable {
    /// The arithmetic to use.
    public enum Kernel: String, Sendable, CaseIterable {
        /// The fastest that this processor has.
        case automatic
        /// What every processor of the architecture has.
        case portable
        /// 256-bit vectors and fused multiplication on x86-64.
        case avx2

        /// Whether this processor can run it.
        public var isAvailable: Bool { voice_activity_kernel_is_available(native) }

        fileprivate var native: voice_activity_kernel {
            switch self {
            case .automatic: voice_activity_kernel_automatic
            case .portable: voice_activity_kernel_portable
            case .avx2: voice_activity_kernel_avx2
            }
        }
    }

    /// Weights in a file.
    public static let weightCount = Int(voice_activity_weight_count)

    /// Read-only after `init`.
    let network: OpaquePointer

    /// - Throws: ``VoiceActivityModelError``, whose description says what is wrong with the file.
    public init(contentsOf path: String, kernel: Kernel = .automatic) throws(VoiceActivityModelError) {
        let weights = try Self.weights(at: path)
        guard let network = unsafe voice_activity_network_create(weights, weights.count, kernel.native) else {
            throw VoiceActivityModelError(path: path, problem: Self.problem(kernel))
        }
        unsafe self.network = network
    }

    /// - Parameter weights: ``weightCount`` finite numbers in the order of the file.
    /// - Throws: ``VoiceActivityModelError``.
    public init(weights: [Float], kernel: Kernel = .automatic) throws(VoiceActivityModelError) {
        guard let network = unsafe voice_activity_network_create(weights, weights.count, kernel.native) else {
            let isComplete = weights.count == Self.weightCount
            throw VoiceActivityModelError(
                path: "(memory)",
                problem: isComplete ? Self.problem(kernel) : "\(weights.count) weights, \(Self.weightCount) expected")
        }
        unsafe self.network = network
    }

    deinit { unsafe voice_activity_network_destroy(network) }

    private static func problem(_ kernel: Kernel) -> String {
        kernel.isAvailable ? "a weight is not a finite number" : "this processor has no \(kernel.rawValue) instructions"
    }

    private static func weights(at path: String) throws(VoiceActivityModelError) -> [Float] {
        let size = weightCount * MemoryLayout<Float>.size
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw VoiceActivityModelError(path: path, problem: "cannot be opened: \(reason())") }
        defer { close(descriptor) }
        var weights = [Float](repeating: 0, count: weightCount)
        // One byte more than expected shows a file that is too long.
        var count = 0, extra: UInt8 = 0
        var failure: String?
        unsafe weights.withUnsafeMutableBytes { bytes in
            while count <= size {
                let got =
                    unsafe count < size
                    ? read(descriptor, bytes.baseAddress! + count, size - count) : read(descriptor, &extra, 1)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = reason() }
                if got <= 0 { return }
                count += got
            }
        }
        if let failure { throw VoiceActivityModelError(path: path, problem: "cannot be read: \(failure)") }
        guard count == size else {
            let found = count > size ? "more than \(size) bytes" : "\(count) bytes"
            throw VoiceActivityModelError(
                path: path, problem: "\(found), exactly \(size) expected: not these weights, or not all of them")
        }
        return weights
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}

/// Why the weights could not be loaded.
public struct VoiceActivityModelError: Error, Sendable, Equatable, CustomStringConvertible {
    public var path: String
    public var problem: String
    public init(path: String, problem: String) { (self.path, self.problem) = (path, problem) }
    public var description: String { "voice activity model \(path): \(problem)" }
}
