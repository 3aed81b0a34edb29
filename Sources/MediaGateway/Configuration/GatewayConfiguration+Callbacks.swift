import Foundation
public import Telemetry

extension GatewayConfiguration {
    /// `callbacks.*`: webhooks that tell the operator's side of transitions, escalations and workflows that end.
    public struct Callbacks: Sendable, Equatable {
        /// Where they go; `nil` sends none.
        public var url: String?
        /// The variable of the environment that holds the secret they are signed with.
        public var secretVariable: String
        public var events: [CallbackNotice.Kind]
        /// Notices that wait for the receiver.
        public var queue: Int

        static let standardSecretVariable = "GATEWAY_WEBHOOK_SECRET"

        init(_ reader: ConfigurationReader) {
            url = reader.webhookURL("url")
            secretVariable = reader.text("secret_variable", default: Self.standardSecretVariable, length: 1...100)
            if !secretVariable.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }) {
                // It may be the secret itself, which must not be printed.
                reader.problem("secret_variable", "give the name of a variable, of A-Z, 0-9 and _, that holds the secret")
                secretVariable = Self.standardSecretVariable
            }
            let all = CallbackNotice.Kind.allCases.map(\.rawValue)
            let names = reader.texts("events", default: all, in: 1...all.count, length: 1...32)
            for name in names where !all.contains(name) {
                reader.problem("events", "= \(ConfigurationReader.quoted(name)): give names of \(all.joined(separator: ", "))")
            }
            if Set(names).count < names.count { reader.problem("events", "names one twice") }
            events = names.compactMap(CallbackNotice.Kind.init)
            queue = reader.integer("queue", default: 1_000, in: 1...100_000, unit: "notices")
        }
    }
}

extension ConfigurationReader {
    /// An address with a path and, if need be, a query. User names are refused: they would be printed.
    fileprivate func webhookURL(_ key: String) -> String? {
        value(
            key, default: .some(String?.none), standIn: nil, takes: "http(s)://HOST[:PORT][/PATH]", show: { $0 ?? "none" }
        ) { scalar -> String?? in
            if scalar.text.isEmpty { return .some(nil) }
            guard (1...2_000).contains(scalar.text.utf8.count), scalar.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
                let parts = URLComponents(string: scalar.text), let scheme = parts.scheme, scheme == "http" || scheme == "https",
                let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil,
                parts.port.map((1...65_535).contains) ?? true
            else { return nil }
            return .some(scalar.text)
        }
    }
}
