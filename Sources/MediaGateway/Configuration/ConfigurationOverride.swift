import Yams

/// One `--set key.path=value` of the command line.
public struct ConfigurationOverride: Sendable, Equatable {
    /// How problems name the place.
    static let origin = "--set"

    let path: [String]
    private let text: String
    private let isPlain: Bool
    var scalar: ConfigurationNode.Scalar { .init(text: text, isPlain: isPlain) }

    /// - Parameter argument: what followed `--set`, e.g. `server.port=0`.
    /// - Throws: ``ConfigurationError`` when there is no key, no `=`, or a value that is not one YAML scalar.
    public init(_ argument: String) throws(ConfigurationError) {
        func refused(_ why: String) -> ConfigurationError {
            ConfigurationError([ConfigurationProblem(origin: Self.origin, message: why)])
        }
        guard let equals = argument.firstIndex(of: "=") else {
            throw refused("\(ConfigurationReader.quoted(argument)): give key.path=value, e.g. server.port=0")
        }
        let path = argument[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains(where: \.isEmpty), path.count <= ConfigurationDocument.maximumDepth else {
            throw refused("\(ConfigurationReader.quoted(argument)): give key.path=value, e.g. server.port=0")
        }
        let value = String(argument[argument.index(after: equals)...])
        let node: Node?
        do { node = try NodeConverter.hasManyAliases(value) ? .sequence([]) : Yams.compose(yaml: value) } catch { node = .sequence([]) }
        switch node {
        // `--set server.port=$PORT` with PORT unset is a slip, not a wish for the default.
        case nil: throw refused("\(path.joined(separator: ".")): no value after the =: give key.path=value, e.g. server.port=0")
        case .scalar(let scalar): (text, isPlain) = (scalar.string, scalar.style == .plain || scalar.style == .any)
        default: throw refused("\(path.joined(separator: ".")): give one value; lists and sections belong into the file")
        }
        self.path = path
    }
}
