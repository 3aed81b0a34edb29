import Foundation
public import Orchestrator

extension GatewayConfiguration {
    /// `llm.*`: language models that advise. Without any, the embedded understanding decides alone.
    public struct LanguageModels: Sendable, Equatable {
        /// How a provider is spoken to.
        public enum Dialect: String, Sendable, CaseIterable {
            case openai, compatible, ollama, gemini, anthropic
            /// Where its own servers, or a server on this machine, are.
            var standardURL: String? {
                switch self {
                case .openai: "https://api.openai.com/v1"
                case .compatible: nil
                case .ollama: "http://127.0.0.1:11434"
                case .gemini: "https://generativelanguage.googleapis.com"
                case .anthropic: "https://api.anthropic.com"
                }
            }
        }
        public struct Provider: Sendable, Equatable {
            public var name: String
            public var dialect: Dialect
            public var url: String
            public var model: String
            /// The variable of the environment that holds its key.
            public var keyVariable: String?
            /// From sending to the first text, and between two pieces.
            public var firstText: Duration, betweenPieces: Duration
            /// Micro-dollars per million tokens.
            public var price: ModelPrice
        }
        /// Names of ``providers``, in the order in which they are asked.
        public var models: [String]
        public var providers: [Provider]

        init(_ reader: ConfigurationReader) {
            models = reader.texts("models", in: 0...8, length: 1...32)
            providers = reader.has("providers") ? reader.named("providers", Self.provider) : []
            for model in models where !providers.contains(where: { $0.name == model }) {
                let known = providers.map(\.name).joined(separator: ", ")
                reader.problem(
                    "models", "= \(ConfigurationReader.quoted(model)): give names of llm.providers\(known.isEmpty ? ", of which there are none" : ": \(known)")"
                )
            }
            if Set(models).count < models.count { reader.problem("models", "names a model twice") }
        }

        private static func provider(_ name: String, _ reader: ConfigurationReader) -> Provider {
            let dialect = reader.choice("dialect") as Dialect
            let url = reader.text("url", default: dialect.standardURL, length: 1...500)
            reader.checkWebAddress(url, of: "url")
            if !(1...32).contains(name.count) || !name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D })
            {
                reader.problem("dialect", "the name \(ConfigurationReader.quoted(name)): give 1...32 of a-z, 0-9, _ and -")
            }
            let cost = 0...1_000_000_000
            return Provider(
                name: name, dialect: dialect, url: url, model: reader.text("model", length: 1...200), keyVariable: reader.variable("key_variable"),
                firstText: reader.milliseconds("first_text_ms", default: 4_000, in: 100...60_000),
                betweenPieces: reader.milliseconds("between_pieces_ms", default: 5_000, in: 100...60_000),
                price: ModelPrice(
                    input: reader.integer("input_micro_per_million", default: 0, in: cost, unit: "micro-dollars"),
                    cachedInput: reader.optionalInteger("cached_micro_per_million", in: cost, unit: "micro-dollars", none: "as input"),
                    output: reader.integer("output_micro_per_million", default: 0, in: cost, unit: "micro-dollars")))
        }
    }

    /// `cache.*`: answers of language models, kept for whoever asks the very same.
    public struct Cache: Sendable, Equatable {
        public var enabled: Bool
        public var entries: Int
        public var lifetime: Duration
        init(_ reader: ConfigurationReader) {
            enabled = reader.flag("enabled", default: true)
            entries = reader.integer("entries", default: 1_000, in: 0...1_000_000, unit: "entries")
            lifetime = reader.seconds("ttl_s", default: 300, in: 1...86_400)
        }
    }

    /// `breaker.*`: when a provider is not asked any more.
    public struct Breaker: Sendable, Equatable {
        /// Failures in a row.
        public var failures: Int
        /// Until it is tried again, by us and not by a caller.
        public var open: Duration
        init(_ reader: ConfigurationReader) {
            failures = reader.integer("failures", default: 5, in: 1...100, unit: "failures")
            open = reader.seconds("open_s", default: 60, in: 1...3_600)
        }
    }
}

extension ConfigurationReader {
    /// Reports an address that is neither `http` nor `https`; one that is empty has been reported.
    func checkWebAddress(_ url: String, of key: String) {
        guard !url.isEmpty else { return }
        let parts = URLComponents(string: url)
        guard parts?.user == nil, parts?.password == nil else {
            return problem(key, "names a user, which would be printed with it: give the key in the environment (key_variable)")
        }
        guard let parts, ["http", "https"].contains(parts.scheme), parts.host?.isEmpty == false, parts.port.map((1...65_535).contains) ?? true else {
            return problem(key, "= \(Self.quoted(url)): give http(s)://HOST[:PORT][/PATH]")
        }
    }

    /// The name of a variable of the environment that holds a key.
    func variable(_ key: String) -> String? {
        guard let name = optionalText(key, none: "none", length: 1...500) else { return nil }
        guard name.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }) else {
            // It may be the key itself, which must not be printed.
            problem(key, "give the name of a variable, of A-Z, 0-9 and _, that holds the key")
            return nil
        }
        return name
    }
}
