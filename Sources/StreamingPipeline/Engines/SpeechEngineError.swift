/// Why an ear or a voice failed. Holds nothing a caller said.
public struct SpeechEngineError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A library, model or voice is not there.
        case missing
        /// Every worker and every place in the queue is taken.
        case busy
        /// The engine refused the input.
        case rejected
        /// The engine broke or did not answer in time.
        case unavailable
    }
    public var code: Code
    /// Its name in the configuration.
    public var engine: String
    /// What was being done, with which numbers, and what helps.
    public var detail: String
    public init(_ code: Code, engine: String, _ detail: String) { (self.code, self.engine, self.detail) = (code, engine, detail) }
    public var description: String { "\(engine): \(code.rawValue): \(detail)" }
}
