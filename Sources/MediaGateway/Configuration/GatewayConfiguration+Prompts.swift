extension GatewayConfiguration {
    /// `prompts.*`: where prompts come from, beside the pack's files.
    public struct Prompts: Sendable, Equatable {
        /// `prompts.langfuse.*`: prompts that are looked after in Langfuse.
        public struct Langfuse: Sendable, Equatable {
            /// The server, without a slash at its end; `nil` leaves all to the files.
            public var url: String?
            /// The version with this label counts.
            public var label: String
            /// In front of our names there.
            public var prefix: String
            public var refresh: Duration

            init(_ reader: ConfigurationReader) {
                url = reader.serverURL("url")
                label = reader.text("label", default: "production", length: 1...100)
                prefix = reader.optionalText("prefix", length: 0...100) ?? ""
                refresh = reader.seconds("refresh_s", default: 60, in: 10...86_400)
            }
        }
        public var langfuse: Langfuse

        init(_ reader: ConfigurationReader) { langfuse = reader.section("langfuse", Langfuse.init) }
    }
}

extension ConfigurationReader {
    /// A server's address, without a slash at its end. User names are refused: they would be printed.
    fileprivate func serverURL(_ key: String) -> String? {
        value(
            key, default: .some(String?.none), standIn: nil, takes: "http(s)://HOST[:PORT][/PATH]", show: { $0 ?? "none" }
        ) { scalar -> String?? in
            if scalar.text.isEmpty { return .some(nil) }
            guard scalar.text.utf8.count <= 2_000, let url = PublicURL(scalar.text) else { return nil }
            return .some(url.description)
        }
    }
}
